import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engine, idsOf } from "../e2e/support/docker";
import { underLoad } from "../e2e/support/load";
import { assertSucceeded, TestStack } from "../e2e/support/stack";
import { type Ended, pulumi, UP } from "./support/cli";
import { expectConverges, expectServes, noneFailed } from "./support/fault";

const BLUE = { color: "blue", version: "1.0.0" } as const;
const GREEN = { color: "green", version: "2.0.0" } as const;

/** Flags of `pulumi up` that change what is done, or in which order. */
describe("an up with flags", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await TestStack.create("f-flags");
		await shop.set("health.deadline", "8s");
		await shop.set("standby", "removed");
		assertSucceeded(await shop.up());
	});
	afterAll(() => shop?.dispose());

	async function upWith(...flags: string[]): Promise<Ended> {
		const { value, report } = await underLoad(shop.url, () => pulumi(shop, ...UP, ...flags));
		noneFailed(report);
		return value;
	}

	it("--continue-on-error never deletes the color that serves, though the standby is to be removed", async () => {
		const before = await idsOf(shop.prefix);
		await shop.set("colors.green.version", "2.1.0-ill");
		await shop.set("activeColor", "green");
		const up = await upWith("--continue-on-error");
		expect(up.exitCode, up.text).not.toBe(0);
		expect(up.text).toContain("green 2.1.0-ill is not ready");
		expect(await idsOf(shop.prefix)).toMatchObject(before);
		await expectServes(shop, BLUE);

		// The same once more: by now the state has containers of both colors.
		const again = await upWith("--continue-on-error");
		expect(again.exitCode, again.text).not.toBe(0);
		expect(await idsOf(shop.prefix)).toMatchObject(before);
		await expectServes(shop, BLUE);

		await shop.set("colors.green.version", "2.0.0");
		await expectConverges(shop, GREEN);
		expect(Object.keys(await idsOf(shop.prefix)).filter((name) => name.includes("-blue-"))).toEqual([]);
	});

	it("--target of the cutover alone does not move traffic to a color that is not there", async () => {
		await shop.set("activeColor", "blue");
		const up = await upWith("--target", `**::${shop.container("cutover")}`);
		expect(up.exitCode, up.text).not.toBe(0);
		await expectServes(shop, GREEN);
	});

	it("--target of one container makes that one, and moves no traffic", async () => {
		await shop.set("standby", "warm");
		await shop.set("activeColor", "green");
		const name = shop.container("blue-web-1");
		const up = await upWith("--target", `**::${name}`, "--target-dependents");
		await expectServes(shop, GREEN);
		expect(up.text).toContain(name);
		await expectConverges(shop, GREEN);
		expect(await idsOf(shop.prefix)).toHaveProperty(name);
	});

	it("--refresh brings back a container that was removed by hand; without it the up says that it is missing", async () => {
		const name = shop.container("blue-web-2");
		await engine.api.getContainer(name).remove({ force: true, v: true });
		const plain = await upWith();
		expect(plain.exitCode, plain.text).toBe(0);
		expect(plain.text).toContain(`the state has ${name}, the Docker host does not.`);
		expect(plain.text).toContain("pulumi up --refresh");
		expect(await idsOf(shop.prefix)).not.toHaveProperty(name);
		const up = await upWith("--refresh");
		expect(up.exitCode, up.text).toBe(0);
		expect(await idsOf(shop.prefix)).toHaveProperty(name);
		await expectConverges(shop, GREEN);
	});
});
