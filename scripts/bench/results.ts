import type { LatencyPair } from "./measure/latency";
import type { NoOpPair } from "./measure/no-op";
import type { BenchLoad, ReleaseRun } from "./measure/release";
import type { Pair } from "./measure/throughput";
import type { UpTimes } from "./measure/up-times";

/** One way, with all of its releases in the order in which they were measured. */
export interface WayResult {
	name: string;
	title: string;
	recipe: string;
	runs: ReleaseRun[];
	/** Why it was given up. Its runs until then are kept. */
	problem?: string;
}

/** Where the benchmark ran. */
export interface Machine {
	processor: string;
	cores: number;
	memoryGiB: number;
	system: string;
	kernel: string;
	/** Processes that wanted to run in the minute before the benchmark began: more than a few tenths disturb it. */
	loadBefore: number;
}

/** Everything that one run of the benchmark measured; `docs/benchmarks.json` is this. */
export interface BenchResults {
	/** ISO time. */
	startedAt: string;
	durationMs: number;
	/** Fewer runs than the docs' figures rest on. */
	quick: boolean;
	load: BenchLoad;
	machine: Machine;
	/** By name of the program. */
	versions: Record<string, string>;
	ways: WayResult[];
	upTimes: UpTimes[];
	/** Unset in results from before it was measured. */
	noOp?: NoOpPair[];
	latency: LatencyPair[];
	throughput: Pair[];
	/** Parts other than a way that could not be measured, and why. */
	problems: { part: string; text: string }[];
	/** Parts that were measured again after the rest, and when: ISO time by name of the part. */
	renewed?: Record<string, string>;
}

/** `before`, with those parts that `again` has measured in place of its own. */
export function renewed(before: BenchResults, again: BenchResults, parts: readonly string[]): BenchResults {
	const has = (part: string) => parts.includes(part);
	const way = (old: WayResult) => again.ways.find(({ name }) => name === old.name) ?? old;
	return {
		...before,
		ways: before.ways.map(way),
		...(has("latency") && { latency: again.latency }),
		...(has("up-times") && { upTimes: again.upTimes }),
		...(has("no-op") && again.noOp && { noOp: again.noOp }),
		...(has("throughput") && { throughput: again.throughput }),
		problems: [...before.problems.filter(({ part }) => !has(part)), ...again.problems],
		renewed: {
			...before.renewed,
			...Object.fromEntries(parts.map((part) => [part, again.startedAt])),
		},
	};
}
