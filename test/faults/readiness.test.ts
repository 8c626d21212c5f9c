import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestStack } from "../e2e/support/stack";
import { deployed, expectConverges, release, underFault } from "./support/fault";

/** The new color is ready at times, or in parts. */
describe("a color that is not quite ready", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await deployed("fa-partial");
	});
	afterAll(() => shop?.dispose());

	it("because it flaps, is not switched to", async () => {
		await release(shop, "green", "2.3.0-flaps");
		await shop.set("health.deadline", "6s");
		await underFault(shop, {
			act: () => shop.up(),
			fails: true,
			serves: { color: "blue", version: "1.0.0" },
			says: [
				/green 2\.3\.0-flaps is not ready after \S+ s of at most 6\.0 s/,
				/fa-partial-green-web-[12] \([012] of 3 passes in a row\): GET \/health answered/,
				"Traffic was not moved: blue keeps serving.",
				"Or give up: pulumi config set activeColor blue && pulumi up",
			],
		});
		await shop.set("health.deadline", "60s");
	});

	it("because one of its replicas is ill, is not switched to, and only that one is blamed", async () => {
		await release(shop, "green", "2.6.0-one-ill");
		await shop.set("health.deadline", "8s");
		const { up } = await underFault(shop, {
			act: () => shop.up(),
			fails: true,
			serves: { color: "blue", version: "1.0.0" },
			says: [
				/green 2\.6\.0-one-ill is not ready after \S+ s of at most 8\.0 s/,
				/fa-partial-green-web-[12] \(0 of 3 passes in a row\): GET \/health answered 503/,
				"Traffic was not moved: blue keeps serving.",
			],
		});
		await shop.set("health.deadline", "60s");
		const blamed = new Set(up.text.match(/fa-partial-green-\S+(?= \(\d of 3 passes)/g));
		expect(blamed.size).toBe(1);
	});

	it("is released as soon as it is well", async () => {
		await release(shop, "green", "2.0.0");
		await expectConverges(shop, { color: "green", version: "2.0.0" });
	});
});
