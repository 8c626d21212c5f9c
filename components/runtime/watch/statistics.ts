/**
 * What counts can prove of a share or a quantile. Pure.
 *
 * All of it is the binomial distribution itself, not the normal one in its place: the limits are shares near 0 and the
 * chances asked for are small, which is where Wilson's and Newcombe's intervals promise too much. (Of a version that fails
 * exactly 1 % of its requests, 5 of 100 fail in 34 of 10,000 cases; Wilson's lower bound, where it is to be wrong in 3 of
 * 100,000, calls that proof of more than 1 %.)
 */

/** P(X ≥ k) where X counts how often something of chance `p` happens in `n` tries. */
export function atLeast(k: number, n: number, p: number): number {
	if (k <= 0) return 1;
	if (k > n || p <= 0) return 0;
	if (p >= 1) return 1;
	// Weights relative to that of the likeliest count, from there outwards to where they are nothing: no factorials.
	const mode = Math.min(n, Math.floor((n + 1) * p));
	const odds = p / (1 - p);
	let below = 0;
	let above = 0;
	const add = (count: number, weight: number) => {
		if (count >= k) above += weight;
		else below += weight;
	};
	add(mode, 1);
	for (let count = mode, weight = 1; count < n && weight > 0; count++) {
		weight *= ((n - count) / (count + 1)) * odds;
		add(count + 1, weight);
	}
	for (let count = mode, weight = 1; count > 0 && weight > 0; count--) {
		weight *= count / (n - count + 1) / odds;
		add(count - 1, weight);
	}
	return above / (above + below);
}

/**
 * Bounds of the true share, of which `k` of `n` were seen; each is wrong with at most the chance `alpha`.
 * C. J. Clopper and E. S. Pearson, Biometrika 26 (1934), 404–413.
 */
export function shareBounds(k: number, n: number, alpha: number): { lower: number; upper: number } {
	return {
		lower: k === 0 ? 0 : root((p) => atLeast(k, n, p) - alpha),
		upper: k === n ? 1 : root((p) => alpha - (1 - atLeast(k + 1, n, p))),
	};
}

/** Where a growing function of a share crosses 0. */
function root(f: (p: number) => number): number {
	let [low, high] = [0, 1];
	for (let step = 0; step < 60; step++) {
		const middle = (low + high) / 2;
		if (f(middle) < 0) low = middle;
		else high = middle;
	}
	return (low + high) / 2;
}

/**
 * Which of `n` values, sorted, bound the quantile `q` of what they are drawn from, whatever its distribution: ranks from 1,
 * the smallest; each bound is wrong with at most the chance `alpha`. Unset: `n` values are too few for this bound.
 * H. A. David and H. N. Nagaraja, Order Statistics (2003), section 7.1.
 */
export function quantileRanks(
	q: number,
	n: number,
	alpha: number,
): { readonly lower?: number; readonly upper?: number } {
	// Counted from the largest: j values above the quantile are too many, or j at most too few, to be chance.
	const lowerFromTop = firstWhere(n + 1, (j) => atLeast(j, n, 1 - q) <= alpha);
	const upperFromTop = firstWhere(n + 1, (j) => 1 - atLeast(j, n, 1 - q) > alpha) - 1;
	return {
		...(lowerFromTop <= n && { lower: n - lowerFromTop + 1 }),
		...(upperFromTop >= 1 && { upper: n - upperFromTop + 1 }),
	};
}

/** The smallest number from 1 to `end` for which `holds`; it holds for all that are larger, and is taken to hold for `end`. */
function firstWhere(end: number, holds: (candidate: number) => boolean): number {
	let [low, high] = [1, end];
	while (low < high) {
		const middle = Math.floor((low + high) / 2);
		if (holds(middle)) high = middle;
		else low = middle + 1;
	}
	return low;
}
