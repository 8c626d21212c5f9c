/**
 * The middle value; of an even number of values the higher of the two in the middle, so that it is one that was
 * measured. A missing value counts as higher than any.
 *
 * @throws Error for no values: there is nothing to say then.
 */
export function median(values: readonly (number | null)[]): number | null {
	const sorted = values.map((value) => value ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
	const middle = sorted[Math.floor(sorted.length / 2)];
	if (middle === undefined) throw new Error("the median of no values");
	return Number.isFinite(middle) ? middle : null;
}

/** The run with the median of `key`; of several the first. */
export function medianRun<T>(runs: readonly T[], key: (run: T) => number): T {
	const wanted = median(runs.map(key));
	const found = runs.find((run) => key(run) === wanted);
	if (found === undefined) throw new Error("the median of no runs");
	return found;
}
