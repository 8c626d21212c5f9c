/** Any number will do; with the same one the same moments are tried again. */
const SEED = 20_26;

/**
 * Moments spread over a whole `up`, as shares of its duration: one in each of `count` equal parts, at a place that chance
 * chose once and for ever.
 */
export function pointsOfAnUp(count: number, seed = SEED): number[] {
	const next = random(seed);
	return Array.from({ length: count }, (_, part) => (part + next()) / count);
}

/** Numbers from 0 to 1 that look like chance (mulberry32). */
function random(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let value = Math.imul(state ^ (state >>> 15), 1 | state);
		value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
		return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
	};
}
