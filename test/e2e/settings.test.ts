import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestStack } from "./support/stack";

/** What a person reads who fills in nonsense, from the real CLI. */
describe("bad settings", () => {
	let shop: TestStack;

	beforeAll(async () => {
		shop = await TestStack.create("e2e-settings");
	});
	afterAll(() => shop?.dispose());

	it("are all reported at once, with the commands that mend them, and nothing is touched", async () => {
		await shop.set("activeColor", "red");
		await shop.set("services.web.rout", "/shop");
		await shop.set("services.web.replicas", "0");
		await shop.set("health.deadline", "soon");
		const up = await shop.up();
		expect(up.failed).toBe(true);
		expect(up.text).toContain(
			[
				"4 problems in the settings of stack e2e-settings; nothing was touched.",
				'  activeColor: "red" is not allowed. Allowed: blue, green.',
				"      pulumi config set activeColor blue",
			].join("\n    "),
		);
		expect(up.text).toContain("services.web.rout: unknown setting. Did you mean route?");
		expect(up.text).toContain("pulumi config rm --path services.web.rout");
		expect(up.text).toContain("services.web.replicas: 0 is not allowed. Allowed: at least 1.");
		expect(up.text).toContain(
			'health.deadline: "soon" is not allowed. Allowed: a duration such as "500ms", "5s", "2m" or "0".',
		);
		// No line of a stack trace.
		expect(up.text).not.toMatch(/^\s+at /m);
		expect(await shop.leftovers()).toEqual([]);
	});
});
