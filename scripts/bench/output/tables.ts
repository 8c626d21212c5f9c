import { markdownTable } from "markdown-table";
import type { SwitchFigures } from "../measure/figures";
import type { LatencyPair } from "../measure/latency";
import { median } from "../measure/median";
import type { NoOpPair } from "../measure/no-op";
import type { Stretch } from "../measure/throughput";
import type { Timed } from "../measure/timed";
import type { UpTimes } from "../measure/up-times";
import type { BenchResults, WayResult } from "../results";
import type { UpRun } from "../stack";
import { count, duration, kinds, mebibytes, ratio } from "./words";

/** What the visitors of each way noticed, one column for each: sums over all its releases, and medians of the releases. */
export function waysTable(ways: readonly WayResult[]): string {
	const measured = ways.filter(({ runs }) => runs.length > 0);
	const rows = WAY_ROWS.map(([name, cell]) => [name, ...measured.map(({ runs }) => cell(runs))]);
	return table(["", ...measured.map(({ title }) => title)], rows);
}

type Runs = WayResult["runs"];

const sum = (runs: Runs, of: (figures: SwitchFigures) => number) =>
	runs.reduce((total, { figures }) => total + of(figures), 0);
const middle = (runs: Runs, of: (figures: SwitchFigures) => number | null) =>
	duration(median(runs.map(({ figures }) => of(figures))));

const WAY_ROWS: readonly (readonly [string, (runs: Runs) => string])[] = [
	["releases", (runs) => count(runs.length)],
	["requests sent", (runs) => count(sum(runs, ({ sent }) => sent))],
	["**requests failed**", (runs) => `**${count(sum(runs, ({ failed }) => failed))}**`],
	["failed, by kind", (runs) => kinds(addUp(runs.map(({ figures }) => figures.failures)))],
	["longest gap without a success", (runs) => middle(runs, ({ longestGapMs }) => longestGapMs)],
	["p50 before", (runs) => middle(runs, ({ p50BeforeMs }) => p50BeforeMs)],
	["p99 before", (runs) => middle(runs, ({ p99BeforeMs }) => p99BeforeMs)],
	["p99 in the second of the switch", (runs) => middle(runs, ({ p99SwitchMs }) => p99SwitchMs)],
	["of every latency the client's own, p99", (runs) => middle(runs, (each) => each.clientLagP99Ms)],
	["the command takes", (runs) => middle(runs, ({ commandMs }) => commandMs)],
	["command to last byte of the old color", (runs) => middle(runs, ({ lastOldMs }) => lastOldMs)],
	["old color's answers after the command", (runs) => count(sum(runs, (each) => each.oldAfterCommand))],
	["proxy's memory before", (runs) => mebibytes(median(runs.map(({ memory }) => memory.before)))],
	["proxy's memory, the most", (runs) => mebibytes(median(runs.map(({ memory }) => memory.most)))],
];

/** Each release by itself, so that nobody has to trust a median. */
export function runsTable(ways: readonly WayResult[]): string {
	const head = ["way", "failed of sent in each release", "p99 before → in the second of the switch"];
	const rows = ways.map(({ title, runs }) => [
		title,
		runs.map(({ figures }) => `${count(figures.failed)} of ${count(figures.sent)}`).join("; ") || "–",
		runs
			.map(({ figures }) => `${duration(figures.p99BeforeMs)} → ${duration(figures.p99SwitchMs)}`)
			.join("; ") || "–",
	]);
	return table(head, rows);
}

/** What visitors notice of the switch, with and without a warm-up of the new replicas. */
export function latencyTable(pairs: readonly LatencyPair[]): string {
	const row = (name: string, runs: Runs) => [
		name,
		`${count(sum(runs, ({ failed }) => failed))} of ${count(sum(runs, ({ sent }) => sent))}`,
		middle(runs, ({ p50BeforeMs }) => p50BeforeMs),
		middle(runs, ({ p99BeforeMs }) => p99BeforeMs),
		middle(runs, ({ p99SwitchMs }) => p99SwitchMs),
		ratio(
			median(runs.map(({ figures }) => (figures.p99SwitchMs ?? Number.NaN) / (figures.p99BeforeMs ?? 0))) ??
				Number.NaN,
		),
		runs
			.map(({ figures }) => `${duration(figures.p99BeforeMs)} → ${duration(figures.p99SwitchMs)}`)
			.join("; "),
	];
	return table(
		[
			"release",
			"failed",
			"p50 before",
			"p99 before",
			"p99 in the second of the switch",
			"median of the ratios",
			"each",
		],
		[
			row(
				"with warm-up",
				pairs.map(({ warmed }) => warmed),
			),
			row(
				"without",
				pairs.map(({ cold }) => cold),
			),
		],
	);
}

/** Medians of `pulumi up` at each shape. */
export function upTable(upTimes: readonly UpTimes[]): string {
	const head = ["services", "replicas of each", "containers of a color", "no-op", "release", "rollback"];
	const rows = upTimes.map(({ services, replicas, noOp, release, rollback }) => [
		...[services, replicas, services * replicas].map(count),
		...[noOp, release, rollback].map((runs) => duration(median(runs.map(({ durationMs }) => durationMs)))),
	]);
	return table(head, rows);
}

/** Where the time of a release and of a rollback goes, by stage; medians, so the columns do not quite add up. */
export function stageTable(upTimes: readonly UpTimes[]): string {
	const columns = upTimes.flatMap(({ services, replicas, release, rollback }) => [
		{ head: `release, ${services} × ${replicas}`, runs: release },
		{ head: `rollback, ${services} × ${replicas}`, runs: rollback },
	]);
	const names = namesOf(columns.flatMap(({ runs }) => runs.map(({ stages }) => stages)));
	const rows = names.map((name) => [
		name,
		...columns.map(({ runs }) =>
			duration(
				medianStage(
					runs.map(({ stages }) => stages),
					name,
				),
			),
		),
	]);
	return table(["stage of `pulumi up`", ...columns.map(({ head }) => head)], rows);
}

/** What the cutover itself consists of, in the releases. */
export function cutoverTable(upTimes: readonly UpTimes[]): string {
	const names = namesOf(upTimes.flatMap(({ cutovers }) => cutovers));
	const head = [
		"stage of the cutover",
		...upTimes.map(({ services, replicas }) => `${services} × ${replicas}`),
	];
	const rows = names.map((name) => [
		name,
		...upTimes.map(({ cutovers }) => duration(medianStage(cutovers, name))),
	]);
	return table(head, rows);
}

/** This project's route against `reverse_proxy` alone. */
export function throughputTable(pairs: BenchResults["throughput"]): string {
	const row = (name: string, stretches: readonly Stretch[]) => {
		const middle = (of: (stretch: Stretch) => number) => median(stretches.map(of));
		return [
			name,
			count(Math.round(middle(({ requestsPerSecond }) => requestsPerSecond) ?? 0)),
			`${(middle(({ cpuUsPerRequest }) => cpuUsPerRequest) ?? 0).toFixed(1)} µs`,
			duration(middle(({ p99Ms }) => p99Ms)),
			count(stretches.reduce((sum, { failed }) => sum + failed, 0)),
		];
	};
	const compared = (of: (stretch: Stretch) => number) =>
		ratio(median(pairs.map(({ ours, plain }) => of(ours) / of(plain))) ?? 0);
	return table(
		["route", "requests/s", "Caddy's processor time for a request", "p99", "failed"],
		[
			row(
				"this project's",
				pairs.map(({ ours }) => ours),
			),
			row(
				"`reverse_proxy` alone",
				pairs.map(({ plain }) => plain),
			),
			[
				"median of the pairs' ratios",
				compared(({ requestsPerSecond }) => requestsPerSecond),
				compared(({ cpuUsPerRequest }) => cpuUsPerRequest),
				"",
				"",
			],
		],
	);
}

/** `pulumi up` with nothing to do against that of an empty program. */
export function noOpTable(pairs: readonly NoOpPair[]): string {
	const row = (name: string, runs: readonly Timed[]) => [
		name,
		duration(median(runs.map(({ durationMs }) => durationMs))),
		duration(median(runs.map(({ cpuMs }) => cpuMs))),
	];
	const compared = (of: (run: Timed) => number) =>
		ratio(median(pairs.map(({ ours, empty }) => of(ours) / of(empty))) ?? 0);
	return table(
		["program", "time", "processor time"],
		[
			row(
				"the sample shop's stack",
				pairs.map(({ ours }) => ours),
			),
			row(
				"an empty one",
				pairs.map(({ empty }) => empty),
			),
			[
				"median of the pairs' ratios",
				compared(({ durationMs }) => durationMs),
				compared(({ cpuMs }) => cpuMs),
			],
		],
	);
}

function table(head: string[], rows: string[][]): string {
	return markdownTable([head, ...rows]);
}

function addUp(counts: readonly Record<string, number>[]): Record<string, number> {
	const sums: Record<string, number> = {};
	for (const [kind, times] of counts.flatMap((each) => Object.entries(each)))
		sums[kind] = (sums[kind] ?? 0) + times;
	return sums;
}

type Stages = readonly UpRun["stages"][number][];

/** All names, in the order in which they first come. */
function namesOf(runs: readonly Stages[]): string[] {
	return [...new Set(runs.flatMap((stages) => stages.map(({ name }) => name)))];
}

function medianStage(runs: readonly Stages[], name: string): number | null {
	const found = runs.flatMap((stages) => stages.find((stage) => stage.name === name)?.durationMs ?? []);
	return found.length === 0 ? null : median(found);
}
