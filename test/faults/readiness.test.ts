import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engine } from "../e2e/support/docker";
import { FaultyShop } from "./support/shop";

/** The new color is ready now and then, or in part. */
describe("a color that is half ready", () => {
	let shop: FaultyShop;
	beforeAll(async () => {
		shop = await FaultyShop.start("fc-ready");
	});
	afterAll(() => shop?.dispose());

	it("because it flaps is not switched to, and the reason is told even where the last look was a pass", async () => {
		const { serving, next } = shop;
		await shop.wants("2.3.0-flaps", "10s");
		const { up, report } = await shop.releaseFails({
			says: [
				new RegExp(`${next.color} 2\\.3\\.0-flaps is not ready after \\S+ s of at most 10\\.0 s`),
				/GET \/health answered 503: .*this build is ill on purpose/,
				`Traffic was not moved: ${serving.color} keeps serving.`,
			],
		});
		// Never three in a row, on neither replica.
		expect(up.text).toMatch(/web-1 \([012] of 3 passes in a row\)/);
		expect(up.text).toMatch(/web-2 \([012] of 3 passes in a row\)/);
		expect(report.byColor).toEqual({ [serving.color]: report.sent });
		await shop.recovers();
	});

	it("because one of its replicas hangs is not switched to, and that one is named", async () => {
		const { serving, next } = shop;
		const hangs = shop.stack.container(`${next.color}-web-2`);
		// On the warm standby: a release may go back to a color that was well when it last served.
		const { State } = await engine.api.getContainer(hangs).inspect();
		await shop.wants(next.version, "10s");
		await shop.stack.set("health.timeout", "1s");
		process.kill(State.Pid, "SIGSTOP");
		const { up, report } = await shop
			.releaseFails({
				says: [
					`${next.color} ${next.version} is not ready after`,
					`${hangs} (0 of 3 passes in a row): GET /health on port 3000: no answer within 1000 ms`,
					`Traffic was not moved: ${serving.color} keeps serving.`,
				],
			})
			.finally(() => process.kill(State.Pid, "SIGCONT"));
		expect(up.text).not.toContain(`${shop.stack.container(`${next.color}-web-1`)} (`);
		expect(report.byColor).toEqual({ [serving.color]: report.sent });
		await shop.stack.remove("health.timeout");
		await shop.recovers();
	});
});
