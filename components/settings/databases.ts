import { z } from "zod";
import { resources, text, variableName } from "./values";

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
		/** The variable that carries the URL. Default: DATABASE_URL, or NAME_URL where there are several. */
		urlVariable: variableName.optional(),
		resources: resources.default({}),
	}),
	z.strictObject({
		type: z.literal("redis"),
		image: text.default("redis:8-alpine"),
		/** The variable that carries the URL. Default: REDIS_URL, or NAME_URL where there are several. */
		urlVariable: variableName.optional(),
		resources: resources.default({}),
	}),
]);
export type Database = z.infer<typeof database>;
