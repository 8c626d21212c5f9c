import { describe, expect, it } from "vitest";
import { figuresOf, switchMoment, TIMELINE_MS, timelineOf } from "../../../scripts/bench/measure/figures";
import { reportOf } from "./samples";

const moments = { commandBeganMs: 5_000, commandEndedMs: 7_000 };

/** Blue until 6 s, green from then on. */
const clean = reportOf(
	{ fromMs: 0, toMs: 6_000, color: "blue" },
	{ fromMs: 6_000, toMs: 12_000, color: "green", latencyMs: 4 },
);

/** Nobody from 5.5 s to 6.5 s: refused in a millisecond. */
const outage = reportOf(
	{ fromMs: 0, toMs: 5_500, color: "blue" },
	{ fromMs: 5_500, toMs: 6_500, latencyMs: 1, kind: "502" },
	{ fromMs: 6_500, toMs: 12_000, color: "green" },
);

describe("switchMoment", () => {
	it("is the first answer of green where the colors overlap", () => {
		const report = reportOf(
			{ fromMs: 0, toMs: 6_000, color: "blue" },
			{ fromMs: 5_605, toMs: 8_005, color: "green" },
		);
		expect(switchMoment(report, moments)).toBe(5_607);
	});

	it("is the last answer of blue where there is a gap between them", () => {
		expect(switchMoment(outage, moments)).toBe(5_492);
	});

	it("is the command's beginning where nobody ever answered", () => {
		expect(switchMoment(reportOf({ fromMs: 0, toMs: 100, kind: "502" }), moments)).toBe(5_000);
	});
});

describe("figuresOf", () => {
	it("tells a clean switch", () => {
		expect(figuresOf(clean, moments)).toMatchObject({
			sent: 1_200,
			failed: 0,
			failures: {},
			p50BeforeMs: 2,
			p99BeforeMs: 2,
			p99SwitchMs: 4,
			commandMs: 2_000,
			lastOldMs: 992,
			oldAfterCommand: 0,
		});
	});

	it("has no p99 for a second in which more than 1 % failed, however quickly they were refused", () => {
		const figures = figuresOf(outage, moments);
		expect(figures).toMatchObject({ failed: 100, failures: { "502": 100 }, p99SwitchMs: null });
		expect(figures.longestGapMs).toBeCloseTo(1_010);
	});

	it("keeps a p99 where at most 1 % of the second failed", () => {
		const report = reportOf(
			{ fromMs: 0, toMs: 6_000, color: "blue" },
			{ fromMs: 6_000, toMs: 6_010, kind: "ECONNRESET" },
			{ fromMs: 6_010, toMs: 12_000, color: "green", latencyMs: 4 },
		);
		expect(figuresOf(report, moments).p99SwitchMs).toBe(4);
	});

	it("counts what the old color still answered after the command", () => {
		const report = reportOf(
			{ fromMs: 0, toMs: 7_500, color: "blue" },
			{ fromMs: 7_500, toMs: 12_000, color: "green" },
		);
		expect(figuresOf(report, moments)).toMatchObject({ oldAfterCommand: 50, lastOldMs: 2_492 });
	});
});

describe("timelineOf", () => {
	const ticks = timelineOf(outage, moments);
	const at = (ms: number) => ticks.find(({ atMs }) => atMs === ms);

	it("covers the time around the switch without a hole", () => {
		expect(ticks[0]?.atMs).toBe(-TIMELINE_MS.before);
		expect(ticks.at(-1)?.atMs).toBe(TIMELINE_MS.after - 100);
		expect(ticks).toHaveLength(100);
	});

	it("has no latency where nobody answered", () => {
		expect(at(-200)).toEqual({ atMs: -200, answered: 10, failed: 0, p50Ms: 2, slowestMs: 2 });
		expect(at(500)).toEqual({ atMs: 500, answered: 0, failed: 10, p50Ms: null, slowestMs: null });
	});
});
