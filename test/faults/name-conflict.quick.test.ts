import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engine, idsOf } from "../e2e/support/docker";
import { pause, underLoad } from "../e2e/support/load";
import { TestStack } from "../e2e/support/stack";
import { kill, pulumi, startPulumi, UP } from "./support/cli";
import { expectConverges, expectServes, noneFailed } from "./support/fault";
import { nothingMoves } from "./support/processes";

/** Docker makes the container after Pulumi was killed: it is there, and the state does not know it. */
describe("a container that is there without the state knowing", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await TestStack.create("f-names");
	});
	afterAll(() => shop?.dispose());

	/** Kills an `up` at the moment when a container of this name is there. */
	async function killWhenThere(container: string, status?: "running"): Promise<string> {
		const up = startPulumi(shop, ...UP);
		const before = (await engine.inspect(container))?.id;
		let id: string | undefined;
		// Quicker than `eventually`: from being there to being known to the state it is some tenths of a second.
		for (const end = Date.now() + 120_000; id === undefined && Date.now() < end; await pause(10)) {
			const seen = await engine.inspect(container);
			if (seen?.id !== before && (status === undefined || seen?.status === status)) id = seen?.id;
		}
		kill(up);
		if (id === undefined) throw new Error(`${container} was not made within 120 s:\n${up.text()}`);
		expect((await up.ended).signal, up.text()).toBe("SIGKILL");
		await nothingMoves(shop);
		await pulumi(shop, "cancel", "--yes");
		return id;
	}

	it("is replaced by the next up where it is a database of the first deployment; its volume stays", async () => {
		await killWhenThere(shop.container("db-cache"));
		const up = await pulumi(shop, ...UP);
		expect(up.exitCode, up.text).toBe(0);
		await expectServes(shop, { color: "blue", version: "1.0.0" });
	});

	it("is removed by the next up where it is the standby's, after a preview that says so", async () => {
		await shop.set("colors.green.version", "2.0.0");
		const name = shop.container("green-web-1");
		const { value, report } = await underLoad(shop.url, async () => {
			const id = await killWhenThere(name);
			const preview = await pulumi(shop, "preview");
			// It may not have been started.
			const stillThere = (await engine.inspect(name))?.id;
			const up = await pulumi(shop, ...UP);
			return { id, preview, stillThere, up };
		});
		const { id, preview, stillThere, up } = value;
		noneFailed(report);
		expect(preview.exitCode, preview.text).toBe(0);
		expect(preview.text).toContain("the next `pulumi up` removes them first");
		expect(stillThere).toBe(id);
		expect(up.exitCode, up.text).toBe(0);
		expect(up.text).toContain("removed what an interrupted `pulumi up` had left behind");
		expect((await idsOf(shop.prefix))[name]).not.toBe(id);
		await expectConverges(shop, { color: "blue", version: "1.0.0" });
	});

	it("is refused with the commands where it serves, and those bring it back", async () => {
		const name = shop.container("blue-web-1");
		const stopAndRemove = async () => {
			await engine.api.getContainer(name).stop();
			await engine.api.getContainer(name).remove();
		};
		await stopAndRemove();
		await shop.refresh();
		// Not sooner: one that was never started is in nobody's use.
		const id = await killWhenThere(name, "running");
		const { value: refused, report } = await underLoad(shop.url, () => pulumi(shop, ...UP));
		noneFailed(report);
		expect(refused.exitCode, refused.text).not.toBe(0);
		expect(refused.text).toContain(
			`The state of stack ${shop.name} does not know 1 container that is in use.`,
		);
		expect(refused.text).toContain(`docker stop ${name} && docker rm ${name} && pulumi up --refresh`);
		expect((await idsOf(shop.prefix))[name]).toBe(id);
		await stopAndRemove();
		const up = await pulumi(shop, ...UP, "--refresh");
		expect(up.exitCode, up.text).toBe(0);
		await expectConverges(shop, { color: "blue", version: "1.0.0" });
		expect(await idsOf(shop.prefix)).toHaveProperty(name);
	});
});
