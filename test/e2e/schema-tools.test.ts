import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { schemaQuery } from "../../components/migrations/schema-query";
import { fits } from "../../components/plan/schema-range";
import { type MigrationSettings, SCHEMA_TOOLS } from "../../components/settings/migrations";
import { TestDatabase } from "./support/database";

/** The tables as each tool makes them (its documentation or source), in a real PostgreSQL; the tools themselves are not run. */
const TABLES: Record<
	(typeof SCHEMA_TOOLS)[number],
	{ make: string; steps: [insert: string, version: string][] }
> = {
	schema_migrations: {
		make: "CREATE TABLE schema_migrations (version varchar PRIMARY KEY)",
		steps: [
			["INSERT INTO schema_migrations VALUES ('9')", "9"],
			["INSERT INTO schema_migrations VALUES ('12')", "12"],
			["INSERT INTO schema_migrations VALUES ('20260101120000'), ('20250101120000')", "20260101120000"],
		],
	},
	prisma: {
		make: `CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL,
			finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
			started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`,
		steps: [
			[prisma("0_init", "now()"), "0"],
			[prisma("20260101120000_notes", "now()"), "20260101120000"],
			[prisma("20260201120000_fails", "NULL"), "20260101120000"],
			[prisma("by_hand", "now()"), "20260101120000"],
			[prisma("20260301120000_more", "now()"), "20260301120000"],
		],
	},
	drizzle: {
		make: `CREATE SCHEMA drizzle;
			CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)`,
		steps: [
			["INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('a', 1), ('b', 2)", "2"],
			["INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('c', 3)", "3"],
		],
	},
	flyway: {
		make: `CREATE TABLE flyway_schema_history (installed_rank integer PRIMARY KEY, version varchar(50),
			description varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum integer,
			installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(),
			execution_time integer NOT NULL, success boolean NOT NULL)`,
		steps: [
			[flyway(1, "'9'", true), "9"],
			[flyway(2, "'10.1'", true), "10.1"],
			[flyway(3, "'11'", false), "10.1"],
			[flyway(4, "NULL", true), "10.1"],
			[flyway(5, "'11.0.2'", true), "11.0.2"],
		],
	},
};

function prisma(name: string, finished: string): string {
	return `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES (gen_random_uuid(), 'x', '${name}', ${finished})`;
}

function flyway(rank: number, version: string, success: boolean): string {
	return `INSERT INTO flyway_schema_history VALUES (${rank}, ${version}, 'd', 'SQL', 's', 1, 'me', now(), 5, ${success})`;
}

describe("the schema's version as the common tools keep it", () => {
	let database: TestDatabase;
	beforeAll(async () => {
		database = await TestDatabase.postgres("bg-schema-tools", "shop");
	});
	afterAll(() => database?.remove());

	it.each(SCHEMA_TOOLS)("%s", async (tool) => {
		const query = schemaQuery({ schema: { tool } } as MigrationSettings) ?? "";
		const { make, steps } = TABLES[tool];
		expect(await database.sql(query)).toContain("does not exist");
		await database.sql(make);
		for (const [insert, version] of steps) {
			expect(await database.sql(insert)).toBe("");
			expect(await database.sql(query)).toBe(version);
			expect(fits(version, `>=${version}`)).toBe(true);
		}
	});
});
