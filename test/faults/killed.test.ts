import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../e2e/support/docker";
import { interrupt, type Running } from "./support/cli";
import { InterruptedStack } from "./support/killed-up";
import { pointsOfAnUp } from "./support/seed";

/**
 * Moments of an `up`, as shares of the time that one took: the same ones at every run. Half of them are recovered from by
 * `cancel` and `up`, half with a `refresh` between.
 */
const POINTS = pointsOfAnUp(20).map((share, index) => ({
	percent: Math.round(share * 100),
	share,
	refresh: index % 2 === 1,
}));

describe("an up that is interrupted", () => {
	let stack: InterruptedStack;
	beforeAll(async () => {
		stack = await InterruptedStack.create("f-killed");
	});
	afterAll(() => stack?.shop.dispose());

	/** A step of some seconds: by then Pulumi has something that it can wait for. */
	async function gateWaits(up: Running): Promise<void> {
		await eventually("the health gate", 120_000, async () => up.text().includes("health gate: waiting for"));
	}

	it("by one Ctrl-C ends by itself, harms nothing, and the next one converges", async () => {
		const ended = await stack.release(
			async (up) => {
				await gateWaits(up);
				interrupt(up);
			},
			{ refresh: false },
		);
		expect(ended.exitCode, ended.text).not.toBe(0);
		expect(ended.text).toContain("^C received; cancelling");
	});

	it("by Ctrl-C twice ends at once, harms nothing, and the next one converges", async () => {
		const ended = await stack.release(
			async (up) => {
				await gateWaits(up);
				interrupt(up);
				await eventually("the first is heard", 10_000, async () => up.text().includes("^C received"));
				interrupt(up);
			},
			{ refresh: false },
		);
		expect(ended.exitCode, ended.text).not.toBe(0);
		expect(ended.text).toContain("^C received; terminating");
	});

	it.each(POINTS)(
		"by SIGKILL after $percent % of its time harms nothing, and the next one converges",
		async ({ share, refresh }) => {
			const ended = await stack.killAt(share, { refresh });
			expect(ended.signal).toBe("SIGKILL");
		},
	);
});
