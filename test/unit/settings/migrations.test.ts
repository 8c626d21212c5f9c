import { expect, test } from "vitest";
import { load, problemsText, SMALL } from "./configuration";

const POSTGRES = { type: "postgres" };

test("the smallest migrations, and all of them", async () => {
	await expect(load({ ...SMALL, migrations: { expand: ["migrate"] } })).resolves.toBeDefined();
	const migrations = {
		database: "main",
		image: "registry.example.com/migrations:{version}",
		service: "web",
		expand: ["a"],
		backfill: ["b"],
		verify: ["c"],
		contract: ["d"],
		deadline: "1h",
		closed: "1.0.0",
		schema: { query: "SELECT 1" },
		env: { A: 1 },
		resources: { memoryMb: 64 },
	};
	const colors = { blue: { version: "1.0.0", schema: ">=12 <15" } };
	await expect(load({ ...SMALL, colors, migrations })).resolves.toBeDefined();
});

test("values that cannot be", async () => {
	const colors = { blue: { version: "1.0.0", schema: "at least 12" } };
	const migrations = { expand: "npx prisma", verify: 0, schema: { tool: "rails" }, deadline: 900 };
	expect(await problemsText({ ...SMALL, colors, migrations })).toMatchInlineSnapshot(`
		"5 problems in the settings of stack prod; nothing was touched.
		  colors.blue.schema: "at least 12" is not allowed. Allowed: a range of schema versions such as ">=12 <15".
		      pulumi config set --path colors.blue.schema '>=12 <15'
		  migrations.expand: "npx prisma" is not allowed. Allowed: a list.
		      pulumi config rm --path migrations.expand
		      pulumi config set --path 'migrations.expand[0]' '<value>'
		  migrations.verify: 0 is not allowed. Allowed: a command as a list of words, or { query }.
		      pulumi config rm --path migrations.verify
		      pulumi config set --path migrations.verify.query '<value>'
		  migrations.deadline: 900 is not allowed. Allowed: a duration such as "500ms", "5s", "2m" or "0".
		      pulumi config set --path migrations.deadline 30s
		  migrations.schema: {"tool":"rails"} is not allowed. Allowed: { query }, or { tool } with one of schema_migrations, prisma, drizzle, flyway.
		      pulumi config set --path migrations.schema.query '<value>'"
	`);
});

test("what does not fit together, all at once", async () => {
	const migrations = {
		service: "api",
		image: "registry.example.com/migrations:1",
		closed: "1.0.0",
		env: { VERSION: "1" },
	};
	const colors = { blue: { version: "1.0.0", schema: ">=12" } };
	expect(await problemsText({ ...SMALL, colors, migrations })).toMatchInlineSnapshot(`
		"5 problems in the settings of stack prod; nothing was touched.
		  migrations.service: there is no service api. Allowed: web.
		      pulumi config set --path migrations.service web
		  migrations.image: "registry.example.com/migrations:1" is the same image for every version. Allowed: a template with {version}.
		      pulumi config set --path migrations.image 'registry.example.com/migrations:{version}'
		  migrations.closed: closes the way back for nothing: there is no migrations.contract. Allowed: with it only.
		      pulumi config rm --path migrations.closed
		  migrations.env.VERSION: VERSION is given to every migration by the release itself. Allowed: any name but COLOR, VERSION, REVISION, PHASE.
		      pulumi config rm --path migrations.env.VERSION
		  colors.blue.schema: needs migrations.schema: where the schema's current version is read. Allowed: with it only.
		      pulumi config set --path migrations.schema.tool schema_migrations"
	`);
});

test.for([
	[{}, {}, "missing: there is no PostgreSQL. Allowed: declare a PostgreSQL under databases first."],
	[{ main: POSTGRES, archive: POSTGRES }, {}, "missing: there are several. Allowed: main, archive."],
	[SMALL.databases, { database: "cache" }, "there is no PostgreSQL cache. Allowed: main."],
] as const)("no database to migrate: of %j with %j", async ([databases, named, reason]) => {
	const config = { ...SMALL, databases, migrations: { expand: ["migrate"], ...named } };
	expect(await problemsText(config)).toContain(`migrations.database: ${reason}`);
});
