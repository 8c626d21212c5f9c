import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { idsOf } from "../e2e/support/docker";
import { underLoad } from "../e2e/support/load";
import { assertSucceeded, TestStack } from "../e2e/support/stack";
import { pulumi, UP } from "./support/cli";
import { expectServes, noneFailed } from "./support/fault";

/** The host runs a stack that its state no longer knows. */
describe("a stack whose state is lost", () => {
	let shop: TestStack;
	let pulumiFolder: string;
	beforeAll(async () => {
		shop = await TestStack.create("f-lost");
		pulumiFolder = path.join(fileURLToPath(shop.stack.workspace.envVars.PULUMI_BACKEND_URL ?? ""), ".pulumi");
		assertSucceeded(await shop.up());
		// Pulumi keeps the state from before each update: this one's is that after the first.
		await shop.up();
	});
	afterAll(() => shop?.dispose());

	it("is refused in the preview and in the up, touches nothing, and comes back from the backup as the message says", async () => {
		const before = await idsOf(shop.prefix);
		const stateFile = path.join(pulumiFolder, "stacks", "shop", `${shop.name}.json`);
		for (const file of [stateFile, `${stateFile}.bak`]) rmSync(file);
		const { value: refused, report } = await underLoad(shop.url, async () => {
			await pulumi(shop, "stack", "init");
			await shop.set("colors.green.version", "2.0.0");
			return [await pulumi(shop, "preview"), await pulumi(shop, ...UP)];
		});
		for (const { exitCode, text } of refused) {
			expect(exitCode, text).not.toBe(0);
			expect(text).toContain(
				`The state of stack ${shop.name} is empty, but shop/${shop.name} runs on this Docker host`,
			);
			expect(text).toContain("blue serves, and goes on. Nothing was touched.");
			expect(text).toContain(
				`cp .state/.pulumi/backups/shop/${shop.name}/<newest>.json .state/.pulumi/stacks/shop/${shop.name}.json`,
			);
			expect(text).not.toContain("    at ");
		}
		noneFailed(report);
		expect(await idsOf(shop.prefix)).toEqual(before);

		const backups = path.join(pulumiFolder, "backups", "shop", shop.name);
		// The newest that is not empty: a refused `up` makes a backup, too.
		const newest = readdirSync(backups)
			.filter((name) => name.endsWith(".json"))
			.filter((name) => readFileSync(path.join(backups, name), "utf8").includes(shop.container("blue-web-1")))
			.sort()
			.at(-1);
		cpSync(path.join(backups, newest ?? ""), stateFile);
		const up = await pulumi(shop, ...UP);
		expect(up.exitCode, up.text).toBe(0);
		const {
			"shop-f-lost-green-web-1": one,
			"shop-f-lost-green-web-2": two,
			...rest
		} = await idsOf(shop.prefix);
		expect([one, two]).not.toContain(undefined);
		expect(rest).toEqual(before);
		await expectServes(shop, { color: "blue", version: "1.0.0" });
	});
});
