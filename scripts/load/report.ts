import type { LoadRecord, Mark, RecordEnd, Sample } from "./record";

/** Requests that were due in one span of time. Percentiles are exact (nearest rank), over all requests, failed ones too. */
export interface WindowStats {
	requests: number;
	failed: number;
	/** NaN when there was no request. */
	p50Ms: number;
	/** NaN when there was no request. */
	p99Ms: number;
}

export interface Failures {
	count: number;
	/** The first few, in order of time. */
	first: Array<{ atMs: number; request: string; detail: string }>;
}

export interface Bucket extends WindowStats {
	/** 0 for the first second of the load. */
	second: number;
	/** Answers by color; `none` for those without. */
	byColor: Record<string, number>;
}

export interface LoadReport {
	/** Wall clock at which the load began, milliseconds since 1970: add to any `…Ms` of the report. */
	startedAtMs: number;
	/** How long requests were due, milliseconds. */
	durationMs: number;
	endedBy: RecordEnd["by"] | "crash";
	sent: number;
	failed: number;
	/** Requests a second that were really handed out. */
	ratePerSecond: number;
	/** Requests by template, such as `POST /api/orders`. */
	byRequest: Record<string, number>;
	/** Answers by color, from the header X-Color; `none` for those without. */
	byColor: Record<string, number>;
	/** By kind: an error code, an unexpected status, `timeout` (none, or not all, in time), `incomplete` (cut short). */
	failures: Record<string, Failures>;
	p50Ms: number;
	p99Ms: number;
	maxMs: number;
	/** How late the client itself was, 99th percentile; a part of every latency above. */
	clientLagP99Ms: number;
	/** The longest time between two successes, from the beginning of the load to its end. */
	longestGapWithoutSuccessMs: number;
	connectionsOpened: number;
	marks: Mark[];
	seconds: Bucket[];
	samples: Sample[];
}

const keptFailures = 5;

/** Works out the report of a record, also of one whose load process died (`endedBy` "crash"). */
export function summarize(record: LoadRecord): LoadReport {
	const { header, marks, end } = record;
	const samples = record.samples.toSorted((a, b) => a.startMs - b.startMs);
	const lastDue = samples.at(-1)?.startMs ?? 0;
	const durationMs = end?.scheduleMs ?? lastDue;
	const latencies = sortedLatencies(samples);
	return {
		startedAtMs: header.startedAtMs,
		durationMs,
		endedBy: end?.by ?? "crash",
		sent: samples.length,
		failed: samples.filter((sample) => sample.kind !== undefined).length,
		// The first request is due at 0, so n requests span n - 1 periods.
		ratePerSecond: lastDue > 0 ? ((samples.length - 1) / lastDue) * 1000 : 0,
		byRequest: countBy(samples, (sample) => header.templates[sample.template] ?? "?"),
		byColor: countColors(samples),
		failures: failuresByKind(samples, header.templates),
		p50Ms: percentile(latencies, 50) / 1000,
		p99Ms: percentile(latencies, 99) / 1000,
		maxMs: (latencies.at(-1) ?? Number.NaN) / 1000,
		clientLagP99Ms:
			percentile(
				samples.map((sample) => sample.lagUs).sort((a, b) => a - b),
				99,
			) / 1000,
		longestGapWithoutSuccessMs: longestGap(samples, durationMs),
		connectionsOpened: end?.connectionsOpened ?? Number.NaN,
		marks,
		seconds: bySecond(samples),
		samples,
	};
}

/** Requests that were due at or after `fromMs` and before `toMs`, milliseconds since the load began. */
export function windowStats(report: Pick<LoadReport, "samples">, fromMs: number, toMs: number): WindowStats {
	return statsOf(report.samples.filter((sample) => sample.startMs >= fromMs && sample.startMs < toMs));
}

/** When the first answer of this color arrived, milliseconds since the load began; undefined when none did. */
export function firstFrom(report: Pick<LoadReport, "samples">, color: string): number | undefined {
	const times = answersFrom(report.samples, color);
	return times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
}

/** When the last answer of this color arrived, milliseconds since the load began; undefined when none did. */
export function lastFrom(report: Pick<LoadReport, "samples">, color: string): number | undefined {
	const times = answersFrom(report.samples, color);
	return times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b));
}

/**
 * Nearest-rank percentile: the smallest value that at least `p` percent of the values do not exceed.
 * @param sorted ascending; @returns NaN when empty.
 */
export function percentile(sorted: readonly number[], p: number): number {
	const rank = Math.ceil((p / 100) * sorted.length);
	return sorted[Math.max(0, rank - 1)] ?? Number.NaN;
}

function statsOf(samples: readonly Sample[]): WindowStats {
	const latencies = sortedLatencies(samples);
	return {
		requests: samples.length,
		failed: samples.filter((sample) => sample.kind !== undefined).length,
		p50Ms: percentile(latencies, 50) / 1000,
		p99Ms: percentile(latencies, 99) / 1000,
	};
}

function sortedLatencies(samples: readonly Sample[]): number[] {
	return samples.map((sample) => sample.latencyUs).sort((a, b) => a - b);
}

function endMs(sample: Sample): number {
	return sample.startMs + sample.latencyUs / 1000;
}

function answersFrom(samples: readonly Sample[], color: string): number[] {
	return samples.filter((sample) => sample.color === color).map(endMs);
}

function countBy(samples: readonly Sample[], key: (sample: Sample) => string): Record<string, number> {
	const counts: Record<string, number> = {};
	for (const sample of samples) counts[key(sample)] = (counts[key(sample)] ?? 0) + 1;
	return counts;
}

function countColors(samples: readonly Sample[]): Record<string, number> {
	return countBy(samples, (sample) => sample.color || "none");
}

function failuresByKind(samples: readonly Sample[], templates: string[]): Record<string, Failures> {
	const failures: Record<string, Failures> = {};
	for (const { kind, detail, startMs, template } of samples) {
		if (kind === undefined) continue;
		failures[kind] ??= { count: 0, first: [] };
		const of = failures[kind];
		of.count++;
		if (of.first.length < keptFailures)
			of.first.push({ atMs: startMs, request: templates[template] ?? "?", detail: detail ?? "" });
	}
	return failures;
}

function longestGap(samples: readonly Sample[], durationMs: number): number {
	const successes = samples.filter((sample) => sample.kind === undefined).map(endMs);
	// The last request due may have been answered long after the schedule ended.
	const over = samples.map(endMs).reduce((a, b) => Math.max(a, b), durationMs);
	const times = [0, ...successes, over].sort((a, b) => a - b);
	return times.reduce((longest, time, index) => Math.max(longest, time - (times[index - 1] ?? time)), 0);
}

function bySecond(samples: readonly Sample[]): Bucket[] {
	const groups: Sample[][] = [];
	for (const sample of samples) {
		const second = Math.floor(sample.startMs / 1000);
		groups[second] ??= [];
		groups[second].push(sample);
	}
	return Array.from(groups, (group = [], second) => ({
		second,
		...statsOf(group),
		byColor: countColors(group),
	}));
}
