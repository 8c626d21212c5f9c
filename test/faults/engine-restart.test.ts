import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../e2e/support/docker";
import { NOT_OURS, restartableEngine, restartEngine } from "../e2e/support/engine";
import { underLoad } from "../e2e/support/load";
import { assertSucceeded, TestStack } from "../e2e/support/stack";
import { startPulumi, UP } from "./support/cli";
import { expectConverges } from "./support/fault";
import { answers, CONNECTION_ERRORS } from "./support/proxy";

/** Answers of an application whose databases are not up yet; Caddy's own where no replica is. */
const STARTING = ["500", "502", "503", "timeout"];

describe("a Docker Engine that is restarted", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await TestStack.create("f-engine");
		await shop.set("colors.green.version", "2.0.0");
		assertSucceeded(await shop.up());
	});
	afterAll(() => shop?.dispose());

	it("at the switch: requests fail while it is down, one color serves after it, and the next up converges", async ({
		skip,
	}) => {
		const pid = restartableEngine();
		if (pid === undefined) return skip(NOT_OURS);
		await shop.set("activeColor", "green");
		const { value: up, report } = await underLoad(shop.url, async () => {
			const running = startPulumi(shop, ...UP);
			await eventually("the cutover begins", 120_000, async () => /Cutover .*updating/.test(running.text()));
			await restartEngine(pid);
			const ended = await running.ended;
			await answers(shop);
			await answers(shop, "/health");
			return ended;
		});
		expect(up.text).not.toContain("    at ");
		expect(report.failed).toBeGreaterThan(0);
		// An Engine takes its containers with it, and databases start beside the shop: orders fail until they are there.
		const others = Object.keys(report.failures).filter(
			(kind) => !CONNECTION_ERRORS.includes(kind) && !STARTING.includes(kind),
		);
		expect(others).toEqual([]);
		const colors = await Promise.all(
			Array.from({ length: 20 }, async () => (await fetch(shop.url)).headers.get("x-color")),
		);
		expect(new Set(colors).size).toBe(1);
		await expectConverges(shop, { color: "green", version: "2.0.0" });
	});
});
