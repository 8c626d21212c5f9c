import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import type { Passed } from "./line";

/** How many requests are kept as examples, of each kind. */
const SAMPLES = 5;
/** Anything longer counts as this. */
const LONGEST_US = 3_600_000_000;

/**
 * What passed the proxy for one color in some time. Latencies are in an HDR histogram, to 3 digits, from a microsecond to
 * an hour: Node's own, which is the library that others bind.
 */
export class Tally {
	requests = 0;
	/** Answers of 500 and above, and requests that got none from the color. */
	errors = 0;
	/** Visitors that went away before an answer, and answers cut short: requests, but nobody's error. */
	aborted = 0;
	cut = 0;
	streams = 0;
	/** By first digit of the status: 2 for 200 to 299. */
	readonly classes: Record<number, number> = {};
	firstAtMs: number | undefined;
	firstErrorAtMs: number | undefined;
	/** The first that failed. */
	readonly failed: Passed[] = [];
	/** The longest, longest first. */
	readonly slowest: Passed[] = [];
	/** Of what was answered, in microseconds. */
	readonly latencies: RecordableHistogram = createHistogram({ lowest: 1, highest: LONGEST_US, figures: 3 });

	add(request: Passed): void {
		this.requests++;
		this.firstAtMs = earlier(this.firstAtMs, request.atMs);
		if (request.kind === "aborted") this.aborted++;
		else if (request.kind === "cut") this.cut++;
		else this.addAnswer(request);
	}

	/** A request that it should have answered, and none of its replicas could be reached; the other color took it. */
	addLost({ upstream: _, ...request }: Passed): void {
		this.addAnswer({ ...request, status: 0, kind: "lost" });
		this.requests++;
		this.firstAtMs = earlier(this.firstAtMs, request.atMs);
	}

	/** Takes in what another has counted, which was later. */
	addAll(later: Tally): void {
		this.requests += later.requests;
		this.errors += later.errors;
		this.aborted += later.aborted;
		this.cut += later.cut;
		this.streams += later.streams;
		for (const [digit, count] of Object.entries(later.classes))
			this.classes[Number(digit)] = (this.classes[Number(digit)] ?? 0) + count;
		this.firstAtMs = earlier(this.firstAtMs, later.firstAtMs);
		this.firstErrorAtMs = earlier(this.firstErrorAtMs, later.firstErrorAtMs);
		this.failed.push(...later.failed.slice(0, SAMPLES - this.failed.length));
		for (const request of later.slowest) this.keepIfSlow(request);
		this.latencies.add(later.latencies);
	}

	/** The value of this rank among the latencies, from 1, the shortest; in ms. */
	latencyMs(rank: number): number {
		return this.latencies.percentile((100 * rank) / this.latencies.count) / 1_000;
	}

	/** Undefined: nothing was answered. */
	quantileMs(q: number): number | undefined {
		const { count } = this.latencies;
		return count === 0 ? undefined : this.latencyMs(Math.max(1, Math.ceil(q * count)));
	}

	private addAnswer(request: Passed): void {
		const { status, kind, durationMs, atMs } = request;
		const digit = Math.floor(status / 100);
		this.classes[digit] = (this.classes[digit] ?? 0) + 1;
		if (status >= 500 || status === 0) {
			this.errors++;
			this.firstErrorAtMs = earlier(this.firstErrorAtMs, atMs);
			if (this.failed.length < SAMPLES) this.failed.push(request);
		}
		if (kind === "stream") this.streams++;
		if (kind !== "answered") return;
		this.latencies.record(Math.min(LONGEST_US, Math.max(1, Math.round(durationMs * 1_000))));
		this.keepIfSlow(request);
	}

	private keepIfSlow(request: Passed): void {
		const shortest = this.slowest.at(-1);
		const full = this.slowest.length === SAMPLES;
		if (full && shortest !== undefined && request.durationMs <= shortest.durationMs) return;
		const place = this.slowest.findIndex(({ durationMs }) => durationMs < request.durationMs);
		this.slowest.splice(place === -1 ? this.slowest.length : place, 0, request);
		this.slowest.length = Math.min(SAMPLES, this.slowest.length);
	}
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
	return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
