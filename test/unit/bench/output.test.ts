import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { figuresOf, timelineOf } from "../../../scripts/bench/measure/figures";
import { type ReleaseRun, withOneTimeline } from "../../../scripts/bench/measure/release";
import { documentOf } from "../../../scripts/bench/output/document";
import { plot } from "../../../scripts/bench/output/plot";
import {
	latencyTable,
	noOpTable,
	runsTable,
	throughputTable,
	upTable,
	waysTable,
} from "../../../scripts/bench/output/tables";
import { writeResults } from "../../../scripts/bench/output/write";
import { type BenchResults, renewed, type WayResult } from "../../../scripts/bench/results";
import { reportOf } from "./samples";

const moments = { commandBeganMs: 5_000, commandEndedMs: 7_000 };
const MIB = 2 ** 20;

function run(failing: number, p99Ms: number): ReleaseRun {
	const report = reportOf(
		{ fromMs: 0, toMs: 6_000, color: "blue" },
		{ fromMs: 6_000, toMs: 6_000 + failing * 10, kind: "ECONNRESET" },
		{ fromMs: 6_000 + failing * 10, toMs: 12_000, color: "green", latencyMs: p99Ms },
	);
	return {
		figures: figuresOf(report, moments),
		timeline: timelineOf(report, moments),
		memory: { before: 20 * MIB, most: 24 * MIB },
	};
}

const ways: WayResult[] = [
	{ name: "good", title: "good", recipe: "does it well", runs: [run(0, 4), run(0, 6), run(0, 5)] },
	{ name: "bad", title: "bad", recipe: "does it badly", runs: [run(30, 4), run(3, 4), run(9, 4)] },
	{ name: "absent", title: "absent", recipe: "does nothing", runs: [], problem: "it did not start" },
];

const stretch = { requestsPerSecond: 1_000, cpuUsPerRequest: 100, p99Ms: 9, failed: 0 };
const up = { durationMs: 4_000, stages: [{ name: "preview", durationMs: 4_000 }] };
const results: BenchResults = {
	startedAt: "2026-11-21T12:00:00.000Z",
	durationMs: 1_500_000,
	quick: false,
	load: { ratePerSecond: 250, secondsBefore: 8 },
	machine: {
		processor: "a processor",
		cores: 2,
		memoryGiB: 23,
		system: "a system",
		kernel: "6.1",
		loadBefore: 0.25,
	},
	versions: { Caddy: "2.11.9" },
	ways,
	upTimes: [{ services: 1, replicas: 4, noOp: [up], release: [up], rollback: [up], cutovers: [[]] }],
	latency: [
		{ warmed: run(0, 5), cold: run(0, 40) },
		{ warmed: run(0, 4), cold: run(0, 30) },
		{ warmed: run(0, 6), cold: run(0, 20) },
	],
	noOp: [
		{ ours: { durationMs: 4_000, cpuMs: 6_000 }, empty: { durationMs: 3_000, cpuMs: 3_000 } },
		{ ours: { durationMs: 9_000, cpuMs: 6_300 }, empty: { durationMs: 6_000, cpuMs: 3_000 } },
		{ ours: { durationMs: 4_800, cpuMs: 5_700 }, empty: { durationMs: 3_000, cpuMs: 3_000 } },
	],
	throughput: [
		{ ours: { ...stretch, requestsPerSecond: 900 }, plain: stretch },
		{ ours: { ...stretch, requestsPerSecond: 950, failed: 2 }, plain: stretch },
		{ ours: { ...stretch, requestsPerSecond: 990 }, plain: stretch },
	],
	problems: [{ part: "up-times", text: "up: no" }],
};

/** The cells of the row that begins with this text. */
function cells(table: string, name: string): string[] {
	const row = table.split("\n").find((line) => line.startsWith(`| ${name} `));
	if (row === undefined) throw new Error(`no row ${name} in\n${table}`);
	return row
		.split("|")
		.slice(2, -1)
		.map((cell) => cell.trim());
}

describe("the tables", () => {
	it("add up the failures of every release, our own and the others' alike, and take medians of times", () => {
		const table = waysTable(ways);
		expect(cells(table, "requests sent")).toEqual(["3,600", "3,600"]);
		expect(cells(table, "**requests failed**")).toEqual(["**0**", "**42**"]);
		expect(cells(table, "failed, by kind")).toEqual(["–", "42 × ECONNRESET"]);
		expect(cells(table, "p99 in the second of the switch")).toEqual(["5.0 ms", "–"]);
		expect(cells(table, "proxy's memory, the most")).toEqual(["24 MiB", "24 MiB"]);
	});

	it("show each release by itself", () => {
		expect(cells(runsTable(ways), "bad")[0]).toBe("30 of 1,200; 3 of 1,200; 9 of 1,200");
		expect(cells(runsTable(ways), "absent")).toEqual(["–", "–"]);
	});

	it("compare the stretches of a pair with each other, and take the median of that", () => {
		const table = throughputTable(results.throughput);
		expect(cells(table, "median of the pairs' ratios").slice(0, 2)).toEqual(["0.95", "1.00"]);
		expect(cells(table, "this project's").at(-1)).toBe("2");
	});

	it("compare an `up` with nothing to do with the empty one beside it", () => {
		const table = noOpTable(results.noOp ?? []);
		expect(cells(table, "the sample shop's stack")).toEqual(["4.8 s", "6.0 s"]);
		expect(cells(table, "median of the pairs' ratios")).toEqual(["1.50", "2.00"]);
	});

	it("tell how much slower the second of the switch is, with a warm-up and without", () => {
		const table = latencyTable(results.latency);
		const [, , before, after, quotient] = cells(table, "without").map(Number.parseFloat);
		expect(after).toBe(30);
		expect(quotient).toBeCloseTo(30 / (before ?? 0), 1);
		expect(cells(table, "with warm-up")[0]).toBe("0 of 3,600");
	});

	it("name the shape of each `up`", () => {
		expect(cells(upTable(results.upTimes), "1")).toEqual(["4", "4", "4.0 s", "4.0 s", "4.0 s"]);
	});
});

describe("the page", () => {
	it("says what could not be measured", () => {
		expect(documentOf(results)).toContain("- absent: it did not start\n- up: no");
	});

	it("has no heading for what was not measured", () => {
		const page = documentOf({
			...results,
			ways: [],
			latency: [],
			noOp: [],
			throughput: [],
			problems: [],
			quick: true,
		});
		expect(page).toContain("no figures to rely on");
		expect(page.match(/^## .*/gm)).toEqual([
			"## How long `pulumi up` takes",
			"## What these figures say, and what they do not",
		]);
	});
});

describe("withOneTimeline", () => {
	it("keeps the timeline of the run with the median of failed requests, and every run's figures", () => {
		const runs = [run(30, 4), run(3, 4), run(9, 4)];
		const kept = withOneTimeline(runs);
		expect(kept.map(({ figures }) => figures.failed)).toEqual([30, 3, 9]);
		expect(kept.map(({ timeline }) => timeline !== undefined)).toEqual([false, false, true]);
		expect(withOneTimeline([])).toEqual([]);
	});
});

describe("the plot", () => {
	it("draws the failed requests of one way and none of the other", () => {
		const drawn = (way: WayResult | undefined) =>
			plot([{ title: "a & b", timeline: way?.runs[0]?.timeline ?? [] }]).match(/<rect class="failed"/g)
				?.length;
		// One in the legend.
		expect(drawn(ways[0])).toBe(1);
		expect(drawn(ways[1])).toBeGreaterThan(3);
		expect(plot([{ title: "a & b", timeline: [] }])).not.toContain("a & b");
	});
});

describe("writeResults", () => {
	let folder = "";
	beforeEach(() => {
		folder = mkdtempSync(path.join(tmpdir(), "bench-output-"));
		vi.spyOn(console, "log").mockImplementation(() => undefined);
	});
	afterEach(() => {
		vi.restoreAllMocks();
		rmSync(folder, { recursive: true, force: true });
	});

	it("writes the page, what it was made of, and the picture that it shows", () => {
		const files = writeResults(results, folder).map((file) => path.basename(file));
		expect(files.sort()).toEqual(["benchmarks.json", "benchmarks.md", "benchmarks.svg"]);
		const page = readFileSync(path.join(folder, "benchmarks.md"), "utf8");
		for (const [, target] of page.matchAll(/\]\(([^)]+)\)/g)) expect(files).toContain(target);
		expect(JSON.parse(readFileSync(path.join(folder, "benchmarks.json"), "utf8"))).toEqual(results);
	});
});

describe("parts that are measured again", () => {
	const again: BenchResults = {
		...results,
		startedAt: "2026-11-22T08:30:00.000Z",
		ways: [{ name: "bad", title: "bad", recipe: "does it badly", runs: [run(1, 4)] }],
		upTimes: [],
		latency: [],
		problems: [{ part: "up-times", text: "up: no again" }],
	};

	it("take the place of what they were, and the page says when", () => {
		const merged = renewed(results, again, ["bad", "up-times"]);
		expect(merged.ways.map(({ name, runs }) => [name, runs.length])).toEqual([
			["good", 3],
			["bad", 1],
			["absent", 0],
		]);
		expect(merged.upTimes).toEqual([]);
		expect(merged.latency).toEqual(results.latency);
		expect(merged.throughput).toEqual(results.throughput);
		expect(merged.problems).toEqual(again.problems);
		expect(documentOf(merged)).toContain(
			"Measured again after the rest, with `--renew`: bad (2026-11-22 08:30 UTC), up-times (2026-11-22 08:30 UTC).",
		);
		expect(documentOf(results)).not.toContain("Measured again");
	});
});
