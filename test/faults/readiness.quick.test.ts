import { afterAll, beforeAll, describe, it } from "vitest";
import { assertSucceeded, TestStack } from "../e2e/support/stack";
import { expectConverges, underFault } from "./support/fault";

/** The new color does not get, or does not stay, ready. */
describe("a color that is not ready", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await TestStack.create("f-readiness");
		await shop.set("health.deadline", "5s");
		assertSucceeded(await shop.up());
	});
	afterAll(() => shop?.dispose());

	it("that never gets healthy is not switched to", async () => {
		await shop.set("colors.green.version", "2.1.0-ill");
		await shop.set("activeColor", "green");
		await underFault(shop, {
			act: () => shop.up(),
			fails: true,
			serves: { color: "blue", version: "1.0.0" },
			says: [
				/green 2\.1\.0-ill is not ready after \S+ s of at most 5\.0 s/,
				"GET /health answered 503",
				"Traffic was not moved: blue keeps serving.",
				"Or give up: pulumi config set activeColor blue && pulumi up",
			],
		});
		await shop.set("colors.green.version", "2.0.0");
		await expectConverges(shop, { color: "green", version: "2.0.0" });
	});
});
