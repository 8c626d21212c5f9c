import type { LoadRecord, Mark, RecordEnd, Sample } from "./record";
import type { StreamLife } from "./streams";

/**
 * Requests that were due in one span of time. Percentiles are exact (nearest rank), failed requests included. They are
 * of the mix only: a template with a rate of its own is long on purpose, and has its own line in `latencyByRequest`.
 */
export interface WindowStats {
	requests: number;
	failed: number;
	/** NaN when there was no request of the mix. */
	p50Ms: number;
	/** NaN when there was no request of the mix. */
	p99Ms: number;
}

/** Exact percentiles (nearest rank) and the longest, failed requests included; NaN when there was no request. */
export interface Latency {
	p50Ms: number;
	p99Ms: number;
	maxMs: number;
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

/** What a load found. Its own latencies, like those of a window, are of the mix only. */
export interface LoadReport extends Latency {
	/** Wall clock at which the load began, milliseconds since 1970: add to any `…Ms` of the report. */
	startedAtMs: number;
	/** How long requests were due, milliseconds. */
	durationMs: number;
	endedBy: RecordEnd["by"] | "crash";
	sent: number;
	failed: number;
	/** Requests of the mix that were really handed out in each second. */
	ratePerSecond: number;
	/** The templates as text, such as `GET /`; a sample's `template` is an index into it. */
	templates: string[];
	/** Requests by template, such as `POST /api/orders`. */
	byRequest: Record<string, number>;
	/** Latency by template. */
	latencyByRequest: Record<string, Latency>;
	/** Answers by color, from the header X-Color; `none` for those without. */
	byColor: Record<string, number>;
	/** By kind: an error code, an unexpected status, `timeout` (none, or not all, in time), `incomplete` (cut short). */
	failures: Record<string, Failures>;
	/** How late the client itself was, 99th percentile; a part of every latency above. */
	clientLagP99Ms: number;
	/** The longest time between two successes, from the beginning of the load to its end. */
	longestGapWithoutSuccessMs: number;
	/** Connections of the mix. */
	connectionsOpened: number;
	/** All connections that were lost and opened anew. */
	connectionsReopened: number;
	/** WebSockets and event streams that were held; they are not among the requests. */
	streams: StreamLife[];
	marks: Mark[];
	seconds: Bucket[];
	samples: Sample[];
}

const keptFailures = 5;

/** Works out the report of a record, also of one whose load process died (`endedBy` "crash"). */
export function summarize(record: LoadRecord): LoadReport {
	const { header, marks, streams, end } = record;
	const samples = record.samples.toSorted((a, b) => a.startMs - b.startMs);
	const mix = samples.filter(isOfMix);
	const lastDue = mix.at(-1)?.startMs ?? 0;
	const durationMs = end?.scheduleMs ?? samples.at(-1)?.startMs ?? 0;
	const nameOf = (sample: Sample) => header.templates[sample.template] ?? "?";
	return {
		...latencyOf(mix),
		startedAtMs: header.startedAtMs,
		durationMs,
		endedBy: end?.by ?? "crash",
		sent: samples.length,
		failed: samples.filter((sample) => sample.kind !== undefined).length,
		// The first request is due at 0, so n requests span n - 1 periods.
		ratePerSecond: lastDue > 0 ? ((mix.length - 1) / lastDue) * 1000 : 0,
		templates: header.templates,
		byRequest: countBy(samples, nameOf),
		latencyByRequest: latencyByName(samples, nameOf),
		byColor: countColors(samples),
		failures: failuresByKind(samples, header.templates),
		clientLagP99Ms:
			percentile(
				samples.map((sample) => sample.lagUs).sort((a, b) => a - b),
				99,
			) / 1000,
		longestGapWithoutSuccessMs: longestGap(samples, durationMs),
		connectionsOpened: end?.connectionsOpened ?? Number.NaN,
		connectionsReopened: end?.connectionsReopened ?? Number.NaN,
		streams,
		marks,
		seconds: bySecond(samples),
		samples,
	};
}

/** Requests that were due at or after `fromMs` and before `toMs`, milliseconds since the load began. */
export function windowStats(report: Pick<LoadReport, "samples">, fromMs: number, toMs: number): WindowStats {
	return statsOf(report.samples.filter((sample) => sample.startMs >= fromMs && sample.startMs < toMs));
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
	const { p50Ms, p99Ms } = latencyOf(samples.filter(isOfMix));
	return {
		requests: samples.length,
		failed: samples.filter((sample) => sample.kind !== undefined).length,
		p50Ms,
		p99Ms,
	};
}

function latencyOf(samples: readonly Sample[]): Latency {
	const latencies = samples.map((sample) => sample.latencyUs).sort((a, b) => a - b);
	return {
		p50Ms: percentile(latencies, 50) / 1000,
		p99Ms: percentile(latencies, 99) / 1000,
		maxMs: (latencies.at(-1) ?? Number.NaN) / 1000,
	};
}

function latencyByName(samples: readonly Sample[], nameOf: (sample: Sample) => string) {
	const groups: Record<string, Sample[]> = {};
	for (const sample of samples) {
		groups[nameOf(sample)] ??= [];
		groups[nameOf(sample)]?.push(sample);
	}
	return Object.fromEntries(Object.entries(groups).map(([name, group]) => [name, latencyOf(group)]));
}

function isOfMix(sample: Sample): boolean {
	return !sample.ownRate;
}

function endMs(sample: Sample): number {
	return sample.startMs + sample.latencyUs / 1000;
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
