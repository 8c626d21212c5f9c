import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shopServices } from "../../scripts/images/versions";
import { engine } from "../e2e/support/docker";
import { FaultyShop } from "./support/shop";

/** Its images are those of 1.0.0: somebody built or pushed the wrong thing. */
const MISTAGGED = "3.0.0-mistagged";

describe("an old image under a new tag", () => {
	let shop: FaultyShop;
	/** Where this stack's images are, with placeholders. */
	let template: string;
	const image = (service: string, version: string) =>
		template.replace("{service}", service).replace("{version}", version);

	beforeAll(async () => {
		shop = await FaultyShop.start("f-version");
		await shop.stack.set("services.web.health.version.path", "/version");
		await shop.stack.set("services.web.health.version.json", "version");
		template = (await shop.stack.stack.getConfig("images")).value;
		for (const service of shopServices) {
			const repo = image(service, MISTAGGED).slice(0, -`:${MISTAGGED}`.length);
			await engine.api.getImage(image(service, "1.0.0")).tag({ repo, tag: MISTAGGED });
		}
	});
	afterAll(async () => {
		await shop?.dispose();
		for (const service of shopServices) await engine.api.getImage(image(service, MISTAGGED)).remove();
	});

	it("is not switched to, though it is well, and nobody waits for the deadline", async () => {
		const { serving } = shop;
		await shop.wants(MISTAGGED);
		const { report } = await shop.releaseFails({
			says: [
				// Long before the deadline.
				/3\.0\.0-mistagged is not ready after (\d+ ms|[1-4]?\d\.\d s) of at most 60\.0 s/,
				`GET /version says 1.0.0 instead of ${MISTAGGED}: its image is another than its version promises`,
				`Traffic was not moved: ${serving.color} keeps serving.`,
			],
		});
		expect(report.byColor).toEqual({ [serving.color]: report.sent });
		await shop.recovers();
	});
});
