import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shopServices } from "../../scripts/images/versions";
import { engine } from "../e2e/support/docker";
import { underFault } from "./support/fault";
import { makeForeignImage, OTHER_ARCHITECTURE } from "./support/foreign-image";
import { FaultyShop } from "./support/shop";

const MISSING = "9.9.9-missing";
const FOREIGN = "9.9.8-foreign";

/** The new color's containers do not run. */
describe("a container that does not run", () => {
	let shop: FaultyShop;
	beforeAll(async () => {
		shop = await FaultyShop.start("f-containers");
	});
	afterAll(() => shop?.dispose());

	const notMoved = () => `Traffic was not moved: ${shop.serving.color} keeps serving.`;

	it("because it exits at its start is not waited for", async () => {
		const { serving, next } = shop;
		await shop.wants("2.2.0-exits");
		const { report } = await shop.releaseFails({
			says: [
				`${next.color} 2.2.0-exits is not ready after`,
				/it keeps restarting \(exit code 3\)/,
				"this build exits at its start on purpose",
				notMoved(),
			],
		});
		expect(report.byColor).toEqual({ [serving.color]: report.sent });
		await shop.recovers();
	});

	it("because it takes more memory than it may: that is the reason that is told", async () => {
		const { serving, next } = shop;
		await shop.wants("2.4.0-hungry");
		const { report } = await shop.releaseFails({
			says: [
				`${next.color} 2.4.0-hungry is not ready after`,
				/web-\d: it keeps restarting \(exit code 137, out of memory\)/,
				notMoved(),
			],
		});
		expect(report.byColor).toEqual({ [serving.color]: report.sent });
		await shop.recovers();
	});

	it("because its image is nowhere to be had: nothing is replaced, and the image is named", async () => {
		const { serving } = shop;
		await shop.wants(MISSING);
		const { up, report } = await underFault(shop.stack, {
			act: () => shop.stack.up(),
			fails: true,
			serves: serving,
			says: [new RegExp(`shop-(web|worker):${MISSING}`)],
		});
		expect(up.steps.filter((step) => /-web-\d|-worker-\d/.test(step))).toEqual([]);
		expect(report.byColor).toEqual({ [serving.color]: report.sent });
		await shop.recovers();
	});

	it(`because its image is for another architecture (${OTHER_ARCHITECTURE})`, async () => {
		const { serving, next } = shop;
		const template = (await shop.stack.stack.getConfig("images")).value;
		const tags = shopServices.map((service) =>
			template.replace("{service}", service).replace("{version}", FOREIGN),
		);
		for (const tag of tags) await makeForeignImage(tag);
		await shop.wants(FOREIGN);
		const { report } = await shop.releaseFails({
			says: [
				`${next.color} ${FOREIGN} is not ready after`,
				"it keeps restarting (exit code",
				"exec format error",
				notMoved(),
			],
		});
		expect(report.byColor).toEqual({ [serving.color]: report.sent });
		await shop.recovers();
		for (const tag of tags) await engine.api.getImage(tag).remove();
	});

	it("because the proxy's new port is taken: nothing is touched", async () => {
		const { serving } = shop;
		const other = createServer().listen(0, "127.0.0.1");
		await once(other, "listening");
		const { port } = other.address() as { port: number };
		await shop.stack.set("proxy.httpPort", String(port));
		const { up } = await underFault(shop.stack, {
			act: () => shop.stack.up(),
			fails: true,
			serves: serving,
			says: [
				`proxy.httpPort: ${port} is in use by another program on 127.0.0.1.`,
				`pulumi config set --path proxy.httpPort ${port + 1}`,
				"nothing was touched",
			],
		});
		expect(up.steps).toEqual([]);
		other.close();
		await shop.stack.set("proxy.httpPort", String(shop.stack.port));
		await shop.recovers();
	});
});
