import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { idsOf } from "./support/docker";
import { look, mirrorStack, release } from "./support/mirror";
import { assertSucceeded, type TestStack } from "./support/stack";

/** Two stacks on one host, the name of the one the beginning of the other's: each is released and removed for itself. */
describe("two stacks on one host", () => {
	let one: TestStack;
	let other: TestStack;

	beforeAll(async () => {
		one = await mirrorStack("e2e-host-two");
		other = await mirrorStack("e2e-host-two-b");
	});
	afterAll(async () => {
		await one?.dispose();
		await other?.dispose();
	});

	async function served(shop: TestStack): Promise<string> {
		const { color, version } = await look(shop.url);
		return `${color} ${version}`;
	}

	it("come up at the same time", async () => {
		for (const up of await Promise.all([one.up(), other.up()])) assertSucceeded(up);
		expect([await served(one), await served(other)]).toEqual(["blue 1.0.0", "blue 1.0.0"]);
	});

	it("are released one by one: the other's containers stay as they are", async () => {
		const before = await idsOf(`${other.prefix}-`);
		release(one, "green", "2.0.0");
		await one.set("activeColor", "green");
		assertSucceeded(await one.up());
		expect([await served(one), await served(other)]).toEqual(["green 2.0.0", "blue 1.0.0"]);
		expect(await idsOf(`${other.prefix}-`)).toEqual(before);
	});

	it("are removed one by one", async () => {
		await one.destroy();
		expect(await one.leftovers()).toEqual([one.container("backups")]);
		expect(await served(other)).toBe("blue 1.0.0");
	});
});
