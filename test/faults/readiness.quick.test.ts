import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { firstFrom, type LoadReport, lastFrom } from "../../scripts/load";
import type { Sample } from "../../scripts/load/record";
import type { TestStack } from "../e2e/support/stack";
import { deployed, expectConverges, release, underFault } from "./support/fault";

/** The new color does not get, or does not stay, ready. */
describe("a color that is not ready", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await deployed("fa-readiness");
	});
	afterAll(() => shop?.dispose());

	it("because it never gets healthy, is not switched to", async () => {
		await release(shop, "green", "2.1.0-ill");
		await shop.set("health.deadline", "5s");
		await underFault(shop, {
			act: () => shop.up(),
			fails: true,
			serves: { color: "blue", version: "1.0.0" },
			says: [
				/green 2\.1\.0-ill is not ready after \S+ s of at most 5\.0 s/,
				"GET /health answered 503",
				"this build is ill on purpose",
				"Traffic was not moved: blue keeps serving.",
				"Or give up: pulumi config set activeColor blue && pulumi up",
			],
		});
		await shop.set("health.deadline", "60s");
	});

	it("because it falls ill with its first visitor, is left at once, and only its own answers failed", async () => {
		await release(shop, "green", "2.5.0-falls-ill");
		const { report } = await underFault(shop, {
			act: () => shop.up(),
			fails: true,
			serves: { color: "blue", version: "1.0.0" },
			says: [
				"green 2.5.0-falls-ill did not pass the verification through the proxy: GET",
				/answered 500 \(wanted 2xx\): .*this build falls ill on purpose/,
				/Traffic was moved back to blue in \S+ m?s; blue serves\./,
				"Or give up: pulumi config set activeColor blue && pulumi up",
			],
			failures: (load) => onlyAnswersOf(load, "green", 500),
		});
		// From its first answer to its last it has had traffic for so long: the look through the proxy, and the way back.
		const first = firstFrom(report, "green");
		const last = lastFrom(report, "green");
		const servedMs = first === undefined || last === undefined ? 0 : last - first;
		console.log(`green had traffic for ${servedMs.toFixed(0)} ms; ${report.failed} of ${report.sent} failed`);
		expect(servedMs).toBeLessThan(2_000);
	});

	it("is released as soon as it is well", async () => {
		await release(shop, "green", "2.0.0");
		await expectConverges(shop, { color: "green", version: "2.0.0" });
	});
});

/** All that failed was answered by this color with this status, and it answered nothing else. */
function onlyAnswersOf({ samples }: LoadReport, color: string, status: number): void {
	const isExpected = (sample: Sample) => sample.color === color && sample.status === status;
	expect(samples.filter((sample) => sample.kind !== undefined && !isExpected(sample))).toEqual([]);
	expect(samples.filter((sample) => sample.kind === undefined && sample.color === color)).toEqual([]);
}
