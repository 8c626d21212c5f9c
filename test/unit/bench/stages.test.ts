import { describe, expect, it } from "vitest";
import { median, medianRun } from "../../../scripts/bench/measure/median";
import { stagesOf } from "../../../scripts/bench/measure/stages";

const release = `Previewing update (bench-release):
@ previewing update....
 ~  pulumi-nodejs:dynamic/blueGreen:HealthGate shop-x-health-gate update [diff: ~active,colors]
Updating (bench-release):
 ++ docker:index:Container shop-x-green-web-1 creating replacement (0s) [diff: ~labels]
 ~  pulumi-nodejs:dynamic/blueGreen:HealthGate shop-x-health-gate updating (0s) [diff: ~active,colors]
    pulumi:pulumi:Stack shop-x running info: [runtime] health gate: green 2.0.0: 2 replicas ready in 1.5 s
 ~  pulumi-nodejs:dynamic/blueGreen:HealthGate shop-x-health-gate updated (1s) [diff: ~active,colors]
 ~  pulumi-nodejs:dynamic/blueGreen:Cutover shop-x-cutover updating (0s) [diff: ~active]
 ~  pulumi-nodejs:dynamic/blueGreen:Cutover shop-x-cutover updated (0.45s) [diff: ~active]
 ~  pulumi-nodejs:dynamic/blueGreen:Drain shop-x-drain updated (0.32s) [diff: ~active]
Duration: 6s`;

/** One line a second. */
const lines = (text: string) => text.split("\n").map((line, index) => ({ atMs: index * 1000, text: line }));

describe("stagesOf", () => {
	it("parts a release by the steps that it prints, and loses no time", () => {
		const stages = stagesOf(lines(release), 12_000);
		expect(stages).toEqual([
			{ name: "preview", durationMs: 3_000 },
			{ name: "containers", durationMs: 2_000 },
			{ name: "health gate", durationMs: 2_000 },
			{ name: "cutover", durationMs: 2_000 },
			{ name: "drain", durationMs: 1_000 },
			{ name: "rest", durationMs: 2_000 },
		]);
	});

	it("has no stages for steps that did not run", () => {
		const noOp = "Previewing update (x):\nResources:\n    34 unchanged\nUpdating (x):\nDuration: 2s";
		expect(stagesOf(lines(noOp), 4_500)).toEqual([
			{ name: "preview", durationMs: 3_000 },
			{ name: "rest", durationMs: 1_500 },
		]);
	});
});

describe("median", () => {
	it("is a value that was measured", () => {
		expect(median([5, 1, 3])).toBe(3);
		expect(median([4, 1, 3, 2])).toBe(3);
	});

	it("counts a missing value as higher than any", () => {
		expect(median([1, null, 2])).toBe(2);
		expect(median([1, null, null])).toBeNull();
	});

	it("says nothing of no values", () => {
		expect(() => median([])).toThrow("no values");
	});

	it("finds the run that it is the median of", () => {
		expect(medianRun([{ failed: 9 }, { failed: 0 }, { failed: 2 }], ({ failed }) => failed)).toEqual({
			failed: 2,
		});
	});
});
