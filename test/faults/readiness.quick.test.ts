import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assertSucceeded } from "../e2e/support/stack";
import { failedWindow } from "./support/failed-window";
import { FaultyShop } from "./support/shop";

/** The new color does not get, or does not stay, ready. */
describe("a color that is not ready", () => {
	let shop: FaultyShop;
	beforeAll(async () => {
		shop = await FaultyShop.start("f-ready-quick");
	});
	afterAll(() => shop?.dispose());

	it("that never gets healthy is not switched to", async () => {
		const { serving, next } = shop;
		await shop.wants("2.1.0-ill", "10s");
		const { report } = await shop.releaseFails({
			says: [
				new RegExp(`${next.color} 2\\.1\\.0-ill is not ready after \\S+ s of at most 10\\.0 s`),
				/web-1 \(0 of 3 passes in a row\): GET \/health answered 503: .*this build is ill on purpose/,
				`Traffic was not moved: ${serving.color} keeps serving.`,
			],
		});
		expect(report.byColor).toEqual({ [serving.color]: report.sent });
		await shop.recovers();
	});

	it("that falls ill with its first request through the proxy is found out before visitors come", async () => {
		const { serving, next } = shop;
		await shop.wants("2.5.0-falls-ill");
		const { report } = await shop.releaseFails({
			says: [
				`${next.color} 2.5.0-falls-ill did not pass before the switch: GET ${shop.stack.url}/health (web) through the preview answered 503`,
				"this build falls ill with its first visitor on purpose",
				`Traffic was not moved: ${serving.color} keeps serving.`,
			],
		});
		expect(report.byColor).toEqual({ [serving.color]: report.sent });
		await shop.recovers();
	});

	it("that falls ill with its first visitors, where nobody looked first, loses traffic again at once", async () => {
		const { serving, next } = shop;
		await shop.stack.set("proxy.preview.enabled", "false");
		assertSucceeded(await shop.stack.up());
		await shop.wants("2.5.0-falls-ill");
		await shop.releaseFails({
			says: [
				`${next.color} 2.5.0-falls-ill did not pass the verification through the proxy: GET ${shop.stack.url}/health (web) answered 503`,
				"this build falls ill with its first visitor on purpose",
				new RegExp(`Traffic was moved back to ${serving.color} in \\S+ m?s; ${serving.color} serves\\.`),
				`${next.color} keeps running for you to look at.`,
			],
			failures: (report) => {
				// The color answers its visitors with 503, and nothing in front of it can know better: but only while it has them.
				expect(Object.keys(report.failures).filter((kind) => kind !== "503")).toEqual([]);
				const window = failedWindow(report);
				expect(window.colors).toEqual(report.failed > 0 ? [next.color] : []);
				expect(report.byColor[next.color] ?? 0).toBe(report.failed);
				expect(window.lengthMs).toBeLessThan(2_000);
				console.log(
					`fell ill with its first visitors: ${report.failed} of ${report.sent} requests failed, within ${Math.round(window.lengthMs)} ms`,
				);
			},
		});
		await shop.recovers();
	});
});
