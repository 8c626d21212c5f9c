import { z } from "zod";
import { resources, text, variableName } from "./values";

/** Names that the roles of a database have already; see `plan/logins.ts`. */
const TAKEN = ["migrator", "rw", "default"];

/**
 * Logins of the application, at least one. New releases get the last one; the others stay valid for the releases that
 * have them. That is how a password is changed without downtime: add a login, release, remove the old one.
 */
const logins = z
	.array(
		z
			.string()
			.regex(/^[a-z][a-z0-9_]{0,30}$/, { error: "lower-case letters, digits and underscores, at most 31" })
			.refine((login) => !TAKEN.includes(login), { error: `any name but ${TAKEN.join(", ")}` }),
	)
	.min(1)
	.refine((all) => new Set(all).size === all.length, { error: "each login once" })
	.default(["app"]);

/** The databases that both colors share. */
export const database = z.discriminatedUnion("type", [
	z.strictObject({
		type: z.literal("postgres"),
		image: text.default("postgres:17-alpine"),
		/** Name of the database and of its owner. */
		database: z
			.string()
			.regex(/^[a-z_][a-z0-9_]{0,62}$/, { error: "a PostgreSQL name in lower case" })
			.default("app"),
		logins,
		/**
		 * What the logins may do. readwrite: read and write rows. owner: also make and drop tables, as an application must
		 * that makes its own. Default: readwrite where the settings have `migrations`, else owner.
		 */
		access: z.enum(["readwrite", "owner"]).optional(),
		/** The variable that carries the URL. Default: DATABASE_URL, or NAME_URL where there are several. */
		urlVariable: variableName.optional(),
		resources: resources.default({}),
	}),
	z.strictObject({
		type: z.literal("redis"),
		image: text.default("redis:8-alpine"),
		logins,
		/** The variable that carries the URL. Default: REDIS_URL, or NAME_URL where there are several. */
		urlVariable: variableName.optional(),
		resources: resources.default({}),
	}),
]);
export type Database = z.infer<typeof database>;
