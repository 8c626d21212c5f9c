import { z } from "zod";
import { isRange } from "../plan/schema-range";
import { duration, name, resources, text, variableName, versionText } from "./values";

/** How the shared database's schema changes from release to release. */

/** A command as a list of words, run in a one-shot container of the version that it belongs to; no shell takes it apart. */
const command = z.array(text).min(1);

export const SCHEMA_TOOLS = ["schema_migrations", "prisma", "drizzle", "flyway"] as const;
export type SchemaTool = (typeof SCHEMA_TOOLS)[number];

/** Versions of the schema that a release works with. */
export const schemaRange = z
	.string()
	.refine(isRange, { error: 'a range of schema versions such as ">=12 <15"' })
	.meta({ examples: [">=12 <15"] });

const query = z.strictObject({
	/** SQL with one value as its answer. */
	query: text,
});

const tool = z.strictObject({
	/** Whose table it is read from. */
	tool: z.enum(SCHEMA_TOOLS),
});

export const migrations = z.strictObject({
	/** The PostgreSQL among the databases that is migrated. Unset: the only one there is. */
	database: name.optional(),
	/** Image template with {version} for the one-shot containers. Unset: the image of `service`. */
	image: text.optional(),
	/** The service whose image knows the commands. Unset: the one with route "/", else the first. */
	service: name.optional(),
	/** Adds what the new version needs and the old one can live with; before any container of the new version starts. */
	expand: command.optional(),
	/** Fills what expand has added, in batches, once the new version serves. */
	backfill: command.optional(),
	/** What is left to fill: 0, or contract does not run. A query with one number, or a command that prints one last. */
	verify: z
		.union([query, command], {
			error: "a command as a list of words, or { query }",
		})
		.optional(),
	/** Removes what only the old version needed; runs when `closed` is the active version and nothing else runs any more. */
	contract: command.optional(),
	/** Longest time for one command; then it gets SIGTERM, and 10 s later SIGKILL. */
	deadline: duration.default(900_000),
	/** The version up to which the way back is given up: set it to the active version to let contract run. */
	closed: versionText.optional(),
	/** Where the schema's current version is read: a query with one value, or the table of a common tool. */
	schema: z
		.union([query, tool], {
			error: `{ query }, or { tool } with one of ${SCHEMA_TOOLS.join(", ")}`,
		})
		.optional(),
	/** Environment variables of the one-shot containers, for all to see. */
	env: z.record(variableName, z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
	/** Limits of the one-shot containers. */
	resources: resources.default({}),
});
export type MigrationSettings = z.infer<typeof migrations>;
