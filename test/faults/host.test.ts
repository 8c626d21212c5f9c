import { afterAll, beforeAll, describe, it } from "vitest";
import { engine } from "../e2e/support/docker";
import { assertSucceeded, TestStack } from "../e2e/support/stack";
import { expectConverges, type Serves, underFault } from "./support/fault";
import { answers, volumeFolder } from "./support/proxy";
import { SmallDisk } from "./support/small-disk";

const BLUE: Serves = { color: "blue", version: "1.0.0" };
const GREEN: Serves = { color: "green", version: "2.0.0" };

/** Faults of the machine that everything runs on. */
describe("a Docker host that fails", () => {
	let shop: TestStack;
	let disk: SmallDisk | undefined;
	beforeAll(async () => {
		shop = await TestStack.create("f-host");
		await shop.set("colors.green.version", "2.0.0");
		assertSucceeded(await shop.up());
	});
	afterAll(async () => {
		if (disk !== undefined) await withoutProxy(() => (disk as SmallDisk).unmount());
		await shop?.dispose();
	});

	async function withoutProxy<T>(work: () => Promise<T>): Promise<T> {
		const proxy = engine.api.getContainer(shop.container("proxy"));
		await proxy.stop({ t: 5 });
		const result = await work();
		await proxy.start();
		await answers(shop);
		return result;
	}

	it("because its disk is full: the old color keeps serving, the switch file is whole, and room is all that is missing", async () => {
		const folder = await volumeFolder(shop, "switch");
		disk = await withoutProxy(() => SmallDisk.mountAt(folder));
		disk.fill();
		await shop.set("activeColor", "green");
		await underFault(shop, {
			act: () => shop.up(),
			fails: true,
			serves: BLUE,
			says: [
				"No space left on device",
				"Traffic was not moved: blue keeps serving.",
				"Next: mend that, then: pulumi up",
			],
		});
		disk.empty();
		await expectConverges(shop, GREEN);
	});
});
