import type { MigrationSettings, SchemaTool } from "../settings/schema";

/** Reads the schema's version where these tools keep it; nothing where nothing has been migrated yet. */
const QUERIES: Readonly<Record<SchemaTool, string>> = {
	// Numbers or texts, of one row or of all: the longer number is the greater one.
	schema_migrations:
		"SELECT version::text FROM schema_migrations ORDER BY length(version::text) DESC, version::text DESC LIMIT 1",
	// Folders named 20260101120000_what_it_does, or 0_init where it was introduced later.
	prisma:
		"SELECT v FROM _prisma_migrations, substring(migration_name from '^[0-9]+') v WHERE v IS NOT NULL AND finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY length(v) DESC, v DESC LIMIT 1",
	// It knows hashes and times only, so the number of migrations is the version.
	drizzle: "SELECT count(*) FROM drizzle.__drizzle_migrations",
	flyway:
		"SELECT version FROM flyway_schema_history WHERE success AND version IS NOT NULL ORDER BY string_to_array(version, '.')::bigint[] DESC LIMIT 1",
};

/** The query that reads the schema's current version; undefined where the settings do not ask for it. */
export function schemaQuery({ schema }: MigrationSettings): string | undefined {
	if (schema === undefined) return undefined;
	return "query" in schema ? schema.query : QUERIES[schema.tool];
}
