import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CaddyAdmin } from "../../components/runtime/caddy/admin";
import { engine, inContainer } from "../e2e/support/docker";
import { underLoad } from "../e2e/support/load";
import { assertSucceeded, TestStack } from "../e2e/support/stack";
import { pulumi, UP } from "./support/cli";
import { expectConverges, expectServes, noneFailed, type Serves } from "./support/fault";

const GREEN: Serves = { color: "green", version: "2.0.0" };

/** Somebody changes by hand what the stack has made; see also `test/e2e/recovery.test.ts`. Blue would be any default. */
describe("a stack that was changed by hand", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await TestStack.create("f-drift");
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
		assertSucceeded(await shop.up());
	});
	afterAll(() => shop?.dispose());

	async function writeSwitch(value: string): Promise<void> {
		const script = `printf %s '${value}' > /switch/x && mv /switch/x /switch/green_below`;
		await inContainer(shop.container("proxy"), "sh", "-c", script);
	}

	it.each([
		["an empty switch file", "", "blue"],
		["nonsense in the switch file", "<html>", "shared"],
		["a share in the switch file", "80", "shared"],
	] as const)("by %s: every request is answered, refresh sees it, up mends it", async (_, value, seen) => {
		const { value: up, report } = await underLoad(shop.url, async () => {
			await writeSwitch(value);
			await shop.refresh();
			expect((await shop.cutoverState()).activeColor).toBe(seen);
			return pulumi(shop, ...UP);
		});
		expect(up.exitCode, up.text).toBe(0);
		noneFailed(report);
		await expectConverges(shop, GREEN);
	});

	it("by a removed switch file: every request is answered, and a plain up mends it", async () => {
		const { value: up, report } = await underLoad(shop.url, async () => {
			await inContainer(shop.container("proxy"), "rm", "/switch/green_below");
			return pulumi(shop, ...UP);
		});
		expect(up.exitCode, up.text).toBe(0);
		noneFailed(report);
		await expectConverges(shop, GREEN);
	});

	it("by a Caddyfile loaded by hand that serves blue: refresh sees it, up mends it, and a reload's price is all there is", async () => {
		const { value: up, report } = await underLoad(shop.url, async () => {
			const admin = new CaddyAdmin(engine, shop.container("proxy"));
			await admin.load(
				`{\n\tadmin 127.0.0.1:2019\n}\nhttp://:${shop.port} {\n\treverse_proxy ${shop.container("blue-web-1")}:3000\n}\n`,
			);
			admin.close();
			await shop.refresh();
			expect((await shop.cutoverState()).caddyfileInForce).toBe(false);
			return pulumi(shop, ...UP);
		});
		expect(up.exitCode, up.text).toBe(0);
		// Two reloads, the one by hand and ours: each closes kept connections, and what was on them is lost.
		const kinds = Object.keys(report.failures);
		expect(
			kinds.filter((kind) => !["ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "incomplete"].includes(kind)),
		).toEqual([]);
		expect(report.failed).toBeLessThan(50);
		await expectServes(shop, GREEN);
		await expectConverges(shop, GREEN);
	});
});
