import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { idsOf } from "../e2e/support/docker";
import { freePort, type TestStack } from "../e2e/support/stack";
import { deployed, expectConverges, release, underFault } from "./support/fault";
import { buildForeignShop, untagShop } from "./support/images";

const BLUE = { color: "blue", version: "1.0.0" } as const;
const GIVE_UP = "Or give up: pulumi config set activeColor blue && pulumi up";
const UNMOVED = "Traffic was not moved: blue keeps serving.";

/** The new color's containers do not come to run. */
describe("a container that does not run", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await deployed("fa-containers");
	});
	afterAll(() => shop?.dispose());

	it("because it exits at its start, ends the release before its deadline", async () => {
		await release(shop, "green", "2.2.0-exits");
		await underFault(shop, {
			act: () => shop.up(),
			fails: true,
			serves: BLUE,
			says: [
				/green-(web|worker)-\d: it (keeps restarting|is exited) \(exit code 3\)/,
				"this build exits at its start on purpose",
				UNMOVED,
				GIVE_UP,
			],
		});
	});

	it("because it takes more memory than it may, ends the release, and the memory is blamed", async () => {
		await release(shop, "green", "2.4.0-hungry");
		await underFault(shop, {
			act: () => shop.up(),
			fails: true,
			serves: BLUE,
			says: [/green-web-\d: it .* \(exit code 137, out of memory\)/, UNMOVED, GIVE_UP],
		});
	});

	it("because its image is missing, ends the release and blue is not touched", async () => {
		const before = await idsOf(shop.container("blue"));
		await release(shop, "green", "9.9.9-missing");
		await underFault(shop, {
			act: () => shop.up(),
			fails: true,
			serves: BLUE,
			says: [
				/unable to pull image blue-green-local\/shop-(web|worker):9\.9\.9-missing/,
				"traffic: blue 1.0.0 → green 9.9.9-missing",
				"blue serves until green is ready. To give up: pulumi config set activeColor blue && pulumi up",
			],
		});
		expect(await idsOf(shop.container("blue"))).toEqual(before);
	});

	it("because its image is for another processor, ends the release, and the image is blamed", async () => {
		await buildForeignShop("web", "3.0.0-foreign");
		await buildForeignShop("worker", "3.0.0-foreign");
		await release(shop, "green", "3.0.0-foreign");
		try {
			await underFault(shop, {
				act: () => shop.up(),
				fails: true,
				serves: BLUE,
				says: [
					/green-(web|worker)-\d: it keeps restarting \(exit code 1\)/,
					"exec format error",
					UNMOVED,
					GIVE_UP,
				],
			});
		} finally {
			await untagShop("3.0.0-foreign");
		}
	});

	it("is released as soon as it runs", async () => {
		await release(shop, "green", "2.0.0");
		await expectConverges(shop, { color: "green", version: "2.0.0" });
	});

	it("because the port of the proxy is taken, is refused before anything is touched", async () => {
		const port = await freePort();
		const other = createServer().listen(port, "127.0.0.1");
		await once(other, "listening");
		await shop.set("proxy.httpPort", String(port));
		try {
			await underFault(shop, {
				act: () => shop.up(),
				fails: true,
				serves: { color: "green", version: "2.0.0" },
				says: [
					"1 problem in the settings of stack fa-containers; nothing was touched.",
					`proxy.httpPort: ${port} is in use by another program on 127.0.0.1. Allowed: a port that nothing listens on.`,
					`pulumi config set --path proxy.httpPort ${port + 1}`,
				],
			});
		} finally {
			other.close();
		}
		await shop.set("proxy.httpPort", String(shop.port));
		await expectConverges(shop, { color: "green", version: "2.0.0" });
	});
});
