import type { Limits } from "../../plan/observation";
import type { Color } from "../../settings/schema";
import { otherColor } from "../../settings/schema";
import type { Passed } from "./line";
import { quantileRanks, shareBounds } from "./statistics";
import type { Tally } from "./tally";

/**
 * Whether what passed the proxy proves a limit to be broken. Pure.
 *
 * A limit is broken where chance does not explain it: the lower bound of what the new color does is above the limit. With
 * `compare`, it is above the upper bound of what the old color does in the same time, and some more. Bounds are those of
 * `statistics.ts`, each wrong with at most the chance `alpha`.
 */

/** The chance that a phase ends with a breach by chance, for each limit, where the version is just within it. */
export const FALSE_ALARM = 0.01;
/** More errors than the old color by no more than this share are no reason to go back. */
export const TOLERATED_ERRORS = 0.005;
/** A p99 of so many times the old color's is no reason to go back, */
export const TOLERATED_SLOWNESS = 1.5;
/** nor is one that is longer by no more than this. */
export const TOLERATED_MS = 10;
const P99 = 0.99;

export type Tallies = Readonly<Record<Color, Tally>>;

/** What speaks against the color. */
export interface Complaint {
	readonly limit: "maxErrorRate" | "maxP99" | "compare";
	/** What is worse than what: "at least 1.2 % of its requests fail (9 of 412 did), and maxErrorRate is 1 %". */
	readonly sentence: string;
	/** Requests that show it. */
	readonly samples: readonly Passed[];
	readonly firstBadAtMs?: number;
}

/**
 * The chance that each single look may be wrong: however often and at however many parts of the traffic it is looked,
 * all looks of a phase together are wrong with at most `FALSE_ALARM` (Bonferroni's inequality).
 *
 * @param parts Of the traffic that are judged by themselves, in each look.
 */
export function chanceOfOneLook(durationMs: number, everyMs: number, parts: number): number {
	const looks = Math.max(1, Math.ceil(durationMs / everyMs));
	return FALSE_ALARM / (looks * parts);
}

/** @returns the first complaint; undefined: nothing is proved, or the requests are too few. */
export function judge(tallies: Tallies, to: Color, limits: Limits, alpha: number): Complaint | undefined {
	const [now, old] = [tallies[to], tallies[otherColor(to)]];
	if (now.requests < limits.minRequests) return undefined;
	const compared = limits.compareWithOld && old.requests >= limits.minRequests;
	return (
		tooManyErrors(now, limits, alpha) ??
		tooSlow(now, limits, alpha) ??
		(compared ? (moreErrors(now, old, alpha) ?? slower(now, old, alpha)) : undefined)
	);
}

function tooManyErrors(now: Tally, { maxErrorShare }: Limits, alpha: number): Complaint | undefined {
	if (maxErrorShare === undefined || now.errors === 0) return undefined;
	const { lower } = shareBounds(now.errors, now.requests, alpha);
	if (lower <= maxErrorShare) return undefined;
	return {
		limit: "maxErrorRate",
		sentence: `${failedText(now)}, so at least ${percentText(lower)} do; maxErrorRate is ${percentText(maxErrorShare)}`,
		...failures(now),
	};
}

function tooSlow(now: Tally, { maxP99Ms }: Limits, alpha: number): Complaint | undefined {
	if (maxP99Ms === undefined) return undefined;
	const lower = p99Bounds(now, alpha).lower;
	if (lower === undefined || lower <= maxP99Ms) return undefined;
	return {
		limit: "maxP99",
		sentence: `its p99 is ${p99Text(now)}, at least ${msText(lower)}; maxP99 is ${msText(maxP99Ms)}`,
		...slowness(now),
	};
}

function moreErrors(now: Tally, old: Tally, alpha: number): Complaint | undefined {
	const { lower } = shareBounds(now.errors, now.requests, alpha / 2);
	const { upper } = shareBounds(old.errors, old.requests, alpha / 2);
	if (now.errors === 0 || lower <= upper + TOLERATED_ERRORS) return undefined;
	return {
		limit: "compare",
		sentence: `${failedText(now)}, so at least ${percentText(lower)} do, and of the old color's at most ${percentText(upper)} (${countText(old.errors)} of ${countText(old.requests)} did); tolerated are ${percentText(TOLERATED_ERRORS)} more`,
		...failures(now),
	};
}

function slower(now: Tally, old: Tally, alpha: number): Complaint | undefined {
	const { lower } = p99Bounds(now, alpha / 2);
	const { upper } = p99Bounds(old, alpha / 2);
	if (lower === undefined || upper === undefined) return undefined;
	if (lower <= upper * TOLERATED_SLOWNESS || lower <= upper + TOLERATED_MS) return undefined;
	return {
		limit: "compare",
		sentence: `its p99 is ${p99Text(now)}, at least ${msText(lower)}, and the old color's ${p99Text(old)}, at most ${msText(upper)}; tolerated is ${TOLERATED_SLOWNESS} times as much`,
		...slowness(now),
	};
}

function p99Bounds(tally: Tally, alpha: number): { lower?: number; upper?: number } {
	const { lower, upper } = quantileRanks(P99, tally.latencies.count, alpha);
	return {
		...(lower !== undefined && { lower: tally.latencyMs(lower) }),
		...(upper !== undefined && { upper: tally.latencyMs(upper) }),
	};
}

function failures({ failed, firstErrorAtMs }: Tally): Pick<Complaint, "samples" | "firstBadAtMs"> {
	return { samples: failed, ...(firstErrorAtMs !== undefined && { firstBadAtMs: firstErrorAtMs }) };
}

/** No single request is the bad one: it begins with the first. */
function slowness({ slowest, firstAtMs }: Tally): Pick<Complaint, "samples" | "firstBadAtMs"> {
	return { samples: slowest, ...(firstAtMs !== undefined && { firstBadAtMs: firstAtMs }) };
}

function failedText({ errors, requests }: Tally): string {
	return `${countText(errors)} of its ${countText(requests)} requests failed`;
}

function p99Text(tally: Tally): string {
	return msText(tally.quantileMs(P99) ?? 0);
}

export function countText(count: number): string {
	return count.toLocaleString("en-US");
}

/** "0 %", "0.42 %", "12 %". */
export function percentText(share: number): string {
	const percent = share * 100;
	return `${Number(percent.toPrecision(percent < 1 ? 1 : 2))} %`;
}

/** "4.2 ms", "130 ms", "1,500 ms". */
export function msText(ms: number): string {
	return `${countText(ms < 10 ? Number(ms.toFixed(1)) : Math.round(ms))} ms`;
}
