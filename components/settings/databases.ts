import { z } from "zod";
import { port, resources, text, variableName } from "./values";

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

/** What every type has. */
const common = {
	/** The variable that carries the URL. Default: DATABASE_URL or REDIS_URL where there is one of the type, else NAME_URL. */
	urlVariable: variableName.optional(),
	/** Limits of its container. */
	resources: resources.default({}),
	/** A port of the Docker host, on 127.0.0.1 only, for people and their tools. Unset: none. */
	publishPort: port.optional(),
	/** Name of the Docker volume that holds the data. Default: `<prefix>-db-<name>-data`. A restore sets it. */
	volume: z
		.string()
		.regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,127}$/, { error: "a name of a Docker volume" })
		.optional(),
	/** When Docker starts the container again by itself. */
	restart: z.enum(["unless-stopped", "always", "on-failure", "no"]).default("unless-stopped"),
};

const ONE_LINE = "text on one line, a number, true or false";
const oneLine = z.union([z.string().regex(/^[^\r\n]+$/, { error: ONE_LINE }), z.number(), z.boolean()], {
	error: ONE_LINE,
});

/** on and off are what PostgreSQL shows for true and false. */
const postgresValue = oneLine.transform((value) => word(value, "on", "off"));
/** yes and no are what redis.conf has for true and false. */
const redisValue = oneLine.transform((value) => word(value, "yes", "no"));

function word(value: string | number | boolean, yes: string, no: string): string {
	return typeof value === "boolean" ? (value ? yes : no) : String(value);
}

const postgresParameter = z
	.string()
	.regex(/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/, { error: "a parameter of PostgreSQL, such as work_mem" });

const redisParameter = z
	.string()
	.regex(/^[a-z][a-z0-9-]*$/, { error: "a directive of redis.conf, such as maxmemory-policy" });

const postgres = z.strictObject({
	type: z.literal("postgres"),
	/** Docker image; another one is an update of the database. */
	image: text.default("postgres:17-alpine"),
	/** Name of the database and of its owner. */
	database: z
		.string()
		.regex(/^[a-z_][a-z0-9_]{0,62}$/, { error: "a PostgreSQL name in lower case" })
		.default("app"),
	logins,
	/**
	 * What the logins may do. readwrite: read and write rows. owner: also make and drop tables, as an application must that
	 * makes its own. Default: readwrite where the settings have `migrations`, else owner.
	 */
	access: z.enum(["readwrite", "owner"]).optional(),
	/** Server parameters by name; they win over the tuned defaults, see `databases/tuning.ts`. */
	parameters: z.record(postgresParameter, postgresValue).default({}),
	...common,
});

const redis = z.strictObject({
	type: z.literal("redis"),
	/** Docker image; another one is an update of the database. */
	image: text.default("redis:8-alpine"),
	logins,
	/** Directives of redis.conf by name; they win over the tuned defaults, see `databases/tuning.ts`. */
	parameters: z.record(redisParameter, redisValue).default({}),
	...common,
});

const custom = z
	.strictObject({
		type: z.literal("custom"),
		/** Docker image; another one is an update of the database. */
		image: text,
		/** The port that services connect to. */
		port,
		/**
		 * Folders in the container that hold data. The first is on the volume `volume`, the next on `<volume>-2`, and so on, so
		 * their order is for ever.
		 */
		volumes: z
			.array(z.string().regex(/^\/[^:]+$/, { error: "an absolute path in the container" }))
			.default([]),
		/** Says that it keeps nothing: without `volumes`. */
		stateless: z.boolean().default(false),
		/** How it is known to answer. */
		health: z.strictObject({
			/** Run in its container; exit code 0 is healthy. */
			command: z.array(text).min(1),
		}),
		/** Shown by `docker inspect`: no secrets. A random password is in the file /run/secrets/password. */
		env: z.record(variableName, z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
		/** Instead of the image's own command, as a list of words. */
		command: z.array(text).min(1).optional(),
		/** Names of entries of the top-level `secrets`; each is a file, and NAME_FILE says where. */
		secrets: z.array(variableName).default([]),
		/** With {host}, {port} and {password}: "mongodb://root:{password}@{host}:{port}". */
		url: text.meta({ examples: ["mongodb://root:{password}@{host}:{port}"] }),
		...common,
	})
	.refine(({ volumes, stateless }) => volumes.length > 0 || stateless, {
		path: ["volumes"],
		error: "at least one folder that holds its data, or stateless: true",
	})
	.refine(({ volumes }) => new Set(volumes).size === volumes.length, {
		path: ["volumes"],
		error: "each folder once",
	});

export const database = z.discriminatedUnion("type", [postgres, redis, custom]);
export type Database = z.infer<typeof database>;
/** As people write it. */
export type DatabaseInput = z.input<typeof database>;
export type PostgresDatabase = z.infer<typeof postgres>;
export type RedisDatabase = z.infer<typeof redis>;
export type CustomDatabase = z.infer<typeof custom>;
