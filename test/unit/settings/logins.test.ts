import { describe, expect, test } from "vitest";
import type { Deployed } from "../../../components/plan/types";
import { load, problemsText, SMALL } from "./configuration";

const withMain = (main: object) => ({ ...SMALL, databases: { main: { type: "postgres", ...main } } });

describe("logins", () => {
	test("that are none", async () => {
		expect(await problemsText(withMain({ logins: [] }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.logins: [] is not allowed. Allowed: not empty.
			      pulumi config set --path 'databases.main.logins[0]' '<value>'"
		`);
	});

	test("that are no names of roles, or twice the same, or taken", async () => {
		expect(await problemsText(withMain({ logins: ["App"] }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.logins[0]: "App" is not allowed. Allowed: lower-case letters, digits and underscores, at most 31.
			      pulumi config set --path 'databases.main.logins[0]' '<value>'"
		`);
		expect(await problemsText(withMain({ logins: ["app", "app"] }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.logins: ["app","app"] is not allowed. Allowed: each login once.
			      pulumi config set --path 'databases.main.logins[0]' '<value>'"
		`);
		expect(await problemsText(withMain({ logins: ["migrator"] }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.logins[0]: "migrator" is not allowed. Allowed: any name but migrator, rw, default.
			      pulumi config set --path 'databases.main.logins[0]' '<value>'"
		`);
	});

	test("whose roles would have longer names than PostgreSQL knows", async () => {
		const database = "d".repeat(55);
		expect(await problemsText(withMain({ database }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.database: makes the role ddddddddddddddddddddddddddddddddddddddddddddddddddddddd_migrator of 64 characters; PostgreSQL's names end at 63. Allowed: a name of at most 54 characters.
			      pulumi config set --path databases.main.database '<name>'"
		`);
		const most = "d".repeat(54);
		await expect(load(withMain({ database: most }))).resolves.toBeDefined();
	});
});

describe("a login that is removed", () => {
	const release = { version: "1.0.0", services: {} };
	const both: Deployed = {
		serving: "blue",
		releases: { blue: release, green: { ...release, version: "2.0.0" } },
		logins: { blue: { main: ["app"] }, green: { main: ["app", "app2"] } },
	};
	const config = {
		...withMain({ logins: ["app2"] }),
		colors: { blue: { version: "1.0.0" }, green: { version: "2.0.0" } },
	};

	test("while both colors have it", async () => {
		expect(await problemsText(config, { deployed: both })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.logins: login app is still that of blue 1.0.0 and green 2.0.0, and would be dropped. Allowed: app among the logins, until no color has it.
			      pulumi config set --path 'databases.main.logins[0]' app && pulumi config set --path 'databases.main.logins[1]' app2 && pulumi up
			      pulumi config set --path colors.green.revision '<another>' && pulumi up
			      pulumi config set activeColor green && pulumi up
			      pulumi config set --path colors.blue.revision '<another>' && pulumi up"
		`);
	});

	test("while the color that serves has it", async () => {
		const deployed = { ...both, logins: { blue: { main: ["app"] }, green: { main: ["app2"] } } };
		expect(await problemsText(config, { deployed })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.logins: login app is still that of blue 1.0.0, and would be dropped. Allowed: app among the logins, until no color has it.
			      pulumi config set --path 'databases.main.logins[0]' app && pulumi config set --path 'databases.main.logins[1]' app2 && pulumi up
			      pulumi config set activeColor green && pulumi up
			      pulumi config set --path colors.blue.revision '<another>' && pulumi up"
		`);
	});

	test("while the standby has it", async () => {
		const deployed = { ...both, logins: { blue: { main: ["app2"] }, green: { main: ["app"] } } };
		expect(await problemsText(config, { deployed })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.logins: login app is still that of green 2.0.0, and would be dropped. Allowed: app among the logins, until no color has it.
			      pulumi config set --path 'databases.main.logins[0]' app && pulumi config set --path 'databases.main.logins[1]' app2 && pulumi up
			      pulumi config set --path colors.green.revision '<another>' && pulumi up"
		`);
	});

	test("when no color has it any more", async () => {
		const deployed = { ...both, logins: { blue: { main: ["app2"] }, green: { cache: ["app"] } } };
		await expect(load(config, { deployed })).resolves.toBeDefined();
	});
});
