import { firstFrom, type LoadReport, lastFrom } from "../../load";
import { percentile } from "../../load/report";

/** Times of a release in a load's record, milliseconds since the load began. */
export interface Moments {
	commandBeganMs: number;
	commandEndedMs: number;
}

/** What one release did to the requests. `null` where there is no such figure. */
export interface SwitchFigures {
	sent: number;
	failed: number;
	/** By kind: an error code, an unexpected status, `timeout`, `incomplete`. */
	failures: Record<string, number>;
	/** The longest time between two successes. */
	longestGapMs: number;
	p50BeforeMs: number | null;
	p99BeforeMs: number | null;
	/** In the second around the switch; null when more than 1 % of its requests failed. */
	p99SwitchMs: number | null;
	/** How long the command took. */
	commandMs: number;
	/** From the beginning of the command to the last byte of the old color; null when it answered nothing. */
	lastOldMs: number | null;
	/** Answers of the old color to requests that were due after the command had ended. */
	oldAfterCommand: number;
	/** How late the client itself was, 99th percentile: a part of every latency. */
	clientLagP99Ms: number;
}

/** What happened in one tenth of a second. */
export interface Tick {
	/** Its beginning, milliseconds after the switch; negative before it. */
	atMs: number;
	answered: number;
	failed: number;
	/** Of the answered requests; null without any. */
	p50Ms: number | null;
	slowestMs: number | null;
}

export const TICK_MS = 100;
/** How much of the record before and after the switch a timeline shows. */
export const TIMELINE_MS = { before: 4_000, after: 6_000 } as const;

type Report = Pick<LoadReport, "samples">;

/**
 * When the traffic began to move: the first answer of the new color or the last one of the old, whichever is earlier.
 * Where the two overlap that is the first, where there is a gap between them the second.
 */
export function switchMoment(report: Report, { commandBeganMs }: Moments): number {
	const moments = [firstFrom(report, "green"), lastFrom(report, "blue")].filter((at) => at !== undefined);
	return moments.length === 0 ? commandBeganMs : Math.min(...moments);
}

/** The figures of a release from blue to green. `before` is all from the load's first second to the command. */
export function figuresOf(
	report: Omit<LoadReport, "seconds" | "marks" | "byColor">,
	moments: Moments,
): SwitchFigures {
	const { commandBeganMs, commandEndedMs } = moments;
	const at = switchMoment(report, moments);
	const lastOld = lastFrom(report, "blue");
	// The first second opens the connections.
	const before = within(report, 1_000, commandBeganMs);
	return {
		sent: report.sent,
		failed: report.failed,
		failures: Object.fromEntries(Object.entries(report.failures).map(([kind, { count }]) => [kind, count])),
		longestGapMs: report.longestGapWithoutSuccessMs,
		p50BeforeMs: latency(before, 50),
		p99BeforeMs: latency(before, 99),
		p99SwitchMs: latency(within(report, at - 500, at + 500), 99),
		commandMs: commandEndedMs - commandBeganMs,
		lastOldMs: lastOld === undefined ? null : lastOld - commandBeganMs,
		oldAfterCommand: within(report, commandEndedMs, Number.POSITIVE_INFINITY).filter(
			({ color }) => color === "blue",
		).length,
		clientLagP99Ms: report.clientLagP99Ms,
	};
}

/** The record around the switch in tenths of a second, by when the requests were due. */
export function timelineOf(report: Report, moments: Moments): Tick[] {
	const zero = switchMoment(report, moments);
	const { before, after } = TIMELINE_MS;
	return Array.from({ length: (before + after) / TICK_MS }, (_, index) => {
		const atMs = index * TICK_MS - before;
		const samples = within(report, zero + atMs, zero + atMs + TICK_MS);
		const answered = samples.filter(({ kind }) => kind === undefined);
		return {
			atMs,
			answered: answered.length,
			failed: samples.length - answered.length,
			p50Ms: latency(answered, 50),
			slowestMs: latency(answered, 100),
		};
	});
}

function within({ samples }: Report, fromMs: number, toMs: number): LoadReport["samples"] {
	return samples.filter(({ startMs }) => startMs >= fromMs && startMs < toMs);
}

/** A request that failed counts as one that is never answered: a refusal in a millisecond is no quick answer. */
function latency(samples: LoadReport["samples"], p: number): number | null {
	const values = samples
		.map(({ kind, latencyUs }) => (kind === undefined ? latencyUs / 1000 : Number.POSITIVE_INFINITY))
		.sort((a, b) => a - b);
	const value = percentile(values, p);
	return Number.isFinite(value) ? value : null;
}
