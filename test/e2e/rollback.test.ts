import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CutoverRecord } from "../../components/runtime/steps";
import type { Color } from "../../components/settings/schema";
import type { LoadReport } from "../../scripts/load";
import { idsOf } from "./support/docker";
import { underLoad } from "./support/load";
import { assertSucceeded, TestStack, type UpOutcome } from "./support/stack";

/** Room for a machine that has much else to do; what was measured on a quiet one stands in docs/releasing-carefully.md. */
const ROOM = 2;
const TRAFFIC_BACK_MS = 1_000;
const UP_TIMES = 1.5;

/** The way back to a color that still runs: from a release of a few seconds ago, and after its containers were removed. */
describe("a rollback", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await TestStack.create("e2e-rollback");
		// Both colors run all of it: what is declared for the active color only is created and removed by its nature.
		await shop.set("services.worker.onlyWhenActive", "false");
		assertSucceeded(await shop.up());
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
		assertSucceeded(await shop.up());
	});
	afterAll(() => shop?.dispose());

	async function rollBackTo(color: Color): Promise<{ up: UpOutcome; report: LoadReport }> {
		await shop.set("activeColor", color);
		const { value: up, report } = await underLoad(shop.url, () => shop.up());
		assertSucceeded(up);
		expect(report.failures).toEqual({});
		expect(await shop.version()).toMatchObject({ color });
		return { up, report };
	}

	async function lastCutover(): Promise<CutoverRecord> {
		return (await shop.outputs()).lastCutover as CutoverRecord;
	}

	it("to a warm standby touches no container, and is over in little more than an up that does nothing", async () => {
		const before = await idsOf(shop.prefix);
		const noop: number[] = [];
		const back: number[] = [];
		for (const pair of [1, 2, 3]) {
			const { value: nothing } = await underLoad(shop.url, () => shop.up());
			expect(Object.keys(nothing.changes)).toEqual(["same"]);
			noop.push(nothing.durationMs);
			const { up, report } = await rollBackTo("blue");
			back.push(up.durationMs);
			// Whose turn it is to be backfilled is asked every time that a version comes to serve.
			const concerned = up.steps.filter((step) => !step.endsWith(shop.container("backfill")));
			expect(concerned).toEqual(
				["health-gate", "cutover", "drain"].map((step) => `update ${shop.container(step)}`),
			);
			expect(up.text).not.toContain("new Caddyfile");
			expect(await idsOf(shop.prefix)).toEqual(before);
			const { stages } = await lastCutover();
			expect(stages.map(({ name }) => name)).toEqual([
				"gate",
				"look",
				"check",
				"configure",
				"preview",
				"switch",
				"verify",
				"record",
			]);
			const backMs = trafficBackMs(stages);
			console.log(
				`pair ${pair}: rollback ${seconds(up.durationMs)}, no-op ${seconds(nothing.durationMs)}; traffic back ${backMs} ms after the cutover's start; ${stages.map(({ name, durationMs }) => `${name} ${durationMs} ms`).join(", ")}; ${report.sent} requests, ${report.failed} failed`,
			);
			expect(backMs).toBeLessThan(ROOM * TRAFFIC_BACK_MS);
			await rollBackTo("green");
		}
		const times = median(back) / median(noop);
		console.log(
			`medians: rollback ${seconds(median(back))}, no-op ${seconds(median(noop))}, ${times.toFixed(2)} times`,
		);
		expect(times).toBeLessThan(ROOM * UP_TIMES);
	});

	it("to a color whose containers were removed makes them anew from the image that was kept, the same way", async () => {
		await shop.set("standby", "removed");
		const removed = await shop.up();
		assertSucceeded(removed);
		expect(removed.steps).toContain(`delete ${shop.container("blue-web-1")}`);
		expect(Object.keys(await idsOf(shop.container("blue-")))).toEqual([]);
		const { up, report } = await rollBackTo("blue");
		const made = up.steps.indexOf(`create ${shop.container("blue-web-1")}`);
		const cutover = up.steps.indexOf(`update ${shop.container("cutover")}`);
		const gone = up.steps.indexOf(`delete ${shop.container("green-web-1")}`);
		expect(made).toBeGreaterThanOrEqual(0);
		expect(cutover).toBeGreaterThan(made);
		expect(gone).toBeGreaterThan(cutover);
		expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });
		const { stages } = await lastCutover();
		console.log(
			`rollback to a removed color: ${seconds(up.durationMs)}; ${stages.map(({ name, durationMs }) => `${name} ${durationMs} ms`).join(", ")}; ${report.sent} requests, ${report.failed} failed`,
		);
	});
});

/** From the cutover's start until its rename is done. */
function trafficBackMs(stages: CutoverRecord["stages"]): number {
	const upTo = stages.findIndex(({ name }) => name === "switch");
	return stages
		.slice(0, upTo + 1)
		.filter(({ name }) => name !== "gate")
		.reduce((sum, { durationMs }) => sum + durationMs, 0);
}

function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function seconds(ms: number): string {
	return `${(ms / 1_000).toFixed(2)} s`;
}
