import { describe, expect, test } from "vitest";
import { load, problemsText, SMALL } from "./configuration";

const withStrategy = (strategy: object) => ({ ...SMALL, strategy });

test("nothing said is a switch at once", async () => {
	const { release } = await load(SMALL);
	expect(release.strategy).toBeUndefined();
});

test("steps with shares and times are taken as they stand", async () => {
	const steps = [
		{ share: 5, hold: "60s" },
		{ share: 25.5, hold: "2m", pause: true },
		{ share: 50, pause: true },
	];
	await expect(load(withStrategy({ steps, promoted: "2.0.0@25" }))).resolves.toBeDefined();
	const only = { header: "X-Staff", value: "yes" };
	await expect(load(withStrategy({ steps: [{ share: 0, hold: "1m" }], only }))).resolves.toBeDefined();
	await expect(load(withStrategy({ only: { cookie: "staff", value: "yes" } }))).resolves.toBeDefined();
});

describe("what cannot be", () => {
	test("is said all at once, each with the command that mends it", async () => {
		const steps = [{ share: 25, hold: "1m" }, { share: 25, hold: "1m" }, { share: 30 }];
		expect(await problemsText(withStrategy({ steps, only: { value: "yes" } }))).toMatchInlineSnapshot(`
			"3 problems in the settings of stack prod; nothing was touched.
			  strategy.steps[1].share: 25 follows 25. Allowed: a greater share in every step.
			      pulumi config set --path 'strategy.steps[1].share' 35
			  strategy.steps[2].hold: missing, so nothing would be seen of this step. Allowed: a duration, or pause: true.
			      pulumi config set --path 'strategy.steps[2].hold' 60s
			      pulumi config set --path 'strategy.steps[2].pause' true
			  strategy.only: says a value, but not of what. Allowed: header or cookie, one of the two.
			      pulumi config set --path strategy.only.header X-Staff"
		`);
	});

	test("nobody would see the new color", async () => {
		expect(await problemsText(withStrategy({ steps: [{ share: 0, hold: "1m" }] }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  strategy.steps[0].share: 0 lets nobody see the new color. Allowed: more than 0, or 0 together with strategy.only.
			      pulumi config set --path 'strategy.steps[0].share' 5
			      pulumi config set --path strategy.only.header X-Staff"
		`);
	});

	test("both a header and a cookie", async () => {
		const only = { header: "X-Staff", cookie: "staff", value: "yes" };
		expect(await problemsText(withStrategy({ only }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  strategy.only: names a header and a cookie. Allowed: one of the two.
			      pulumi config rm --path strategy.only.cookie"
		`);
	});

	test("a share of everything, or of less than nothing", async () => {
		const steps = [
			{ share: -1, hold: "1m" },
			{ share: 100, hold: "1m" },
		];
		expect(await problemsText(withStrategy({ steps }))).toMatchInlineSnapshot(`
			"2 problems in the settings of stack prod; nothing was touched.
			  strategy.steps[0].share: -1 is not allowed. Allowed: at least 0.
			      pulumi config set --path 'strategy.steps[0].share' 5
			  strategy.steps[1].share: 100 is not allowed. Allowed: at most 99.9.
			      pulumi config set --path 'strategy.steps[1].share' 5"
		`);
	});

	test.for(['"', "{x}", "a b", "a`b", "*"])("a value %j, which means something to Caddy", async (value) => {
		const text = await problemsText(withStrategy({ only: { header: "X-Staff", value } }));
		expect(text).toContain("strategy.only.value:");
		expect(text).toContain("Allowed: letters, digits and");
	});

	test("something that was promoted without a share", async () => {
		expect(await problemsText(withStrategy({ promoted: "2.0.0" }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  strategy.promoted: "2.0.0" is not allowed. Allowed: a version and a share, such as "2.0.0@25".
			      pulumi config set --path strategy.promoted 2.0.0@25"
		`);
	});
});
