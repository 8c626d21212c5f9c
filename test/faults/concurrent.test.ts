import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, idsOf } from "../e2e/support/docker";
import { underLoad } from "../e2e/support/load";
import { assertSucceeded, TestStack } from "../e2e/support/stack";
import { pulumi, startPulumi, UP } from "./support/cli";
import { expectConverges, expectServes, noneFailed } from "./support/fault";

const SLOW_MS = 10_000;

/** People and pipelines that do not wait for each other. */
describe("commands that meet", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await TestStack.create("f-concurrent");
		assertSucceeded(await shop.up());
	});
	afterAll(() => shop?.dispose());

	it("two ups at once: the second is refused by Pulumi's lock, the first is not disturbed", async () => {
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
		const { value, report } = await underLoad(shop.url, async () => {
			const first = startPulumi(shop, ...UP);
			await eventually("the first up works", 60_000, async () => first.text().includes("green-web-1"));
			const second = await pulumi(shop, ...UP);
			return { first: await first.ended, second };
		});
		noneFailed(report);
		expect(value.first.exitCode, value.first.text).toBe(0);
		expect(value.second.exitCode, value.second.text).not.toBe(0);
		expect(value.second.text).toContain("the stack is currently locked by 1 lock(s)");
		await expectConverges(shop, { color: "green", version: "2.0.0" });
	});

	it("an up while another one drains is refused; the drain waits for its request, which is answered", async () => {
		await shop.set("activeColor", "blue");
		const before = await idsOf(shop.prefix);
		const { value, report } = await underLoad(shop.url, async () => {
			const first = startPulumi(shop, ...UP);
			await eventually("the health gate", 60_000, async () => first.text().includes("waiting for blue"));
			const slow = fetch(`${shop.url}/slow?ms=${SLOW_MS}`);
			await eventually("the switch", 60_000, async () => first.text().includes("cutover: traffic: blue"));
			const second = await pulumi(shop, ...UP);
			const answer = await slow;
			return { first: await first.ended, second, status: answer.status, by: answer.headers.get("x-color") };
		});
		noneFailed(report);
		expect(value.second.exitCode, value.second.text).not.toBe(0);
		expect(value.second.text).toContain("the stack is currently locked by 1 lock(s)");
		expect(value.first.exitCode, value.first.text).toBe(0);
		expect([value.status, value.by]).toEqual([200, "green"]);
		const { lastCutover } = (await shop.outputs()) as { lastCutover: { drain: Record<string, unknown> } };
		expect(lastCutover.drain).toMatchObject({ color: "green", outcome: "drained" });
		expect(lastCutover.drain.durationMs).toBeGreaterThan(1_000);
		await expectConverges(shop, { color: "blue", version: "1.0.0" });
		const name = shop.container("blue-web-1");
		expect((await idsOf(shop.prefix))[name]).toBe(before[name]);
	});

	it("settings that are changed back while a release fails: the next up has nothing to move", async () => {
		await shop.set("health.deadline", "6s");
		await shop.set("colors.green.version", "2.1.0-ill");
		await shop.set("activeColor", "green");
		const { value: failed, report } = await underLoad(shop.url, async () => {
			const up = startPulumi(shop, ...UP);
			await eventually("the health gate", 60_000, async () => up.text().includes("waiting for green"));
			await shop.set("activeColor", "blue");
			await shop.set("colors.green.version", "2.0.0");
			return up.ended;
		});
		noneFailed(report);
		expect(report.byColor).toEqual({ blue: report.sent });
		expect(failed.exitCode, failed.text).not.toBe(0);
		expect(failed.text).toContain("Traffic was not moved: blue keeps serving.");
		await expectServes(shop, { color: "blue", version: "1.0.0" });
		await expectConverges(shop, { color: "blue", version: "1.0.0" });
		expect(await shop.outputs()).toMatchObject({ standbyVersion: "2.0.0" });
	});
});
