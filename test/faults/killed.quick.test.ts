import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InterruptedStack } from "./support/killed-up";
import { pointsOfAnUp } from "./support/seed";

/** As `killed.test.ts`, at three points only. */
describe("an up that is killed", () => {
	let stack: InterruptedStack;
	beforeAll(async () => {
		stack = await InterruptedStack.create("f-killed-quick");
	});
	afterAll(() => stack?.shop.dispose());

	it.each(
		pointsOfAnUp(3).map((share, index) => ({
			percent: Math.round(share * 100),
			share,
			refresh: index === 1,
		})),
	)("after $percent % of its time harms nothing, and the next one converges", async ({ share, refresh }) => {
		const { signal } = await stack.killAt(share, { refresh });
		expect(signal).toBe("SIGKILL");
	});
});
