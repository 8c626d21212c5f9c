import { z } from "zod";
import { backups } from "./backups";
import { checks } from "./checks";
import { database } from "./databases";
import { dockerHost } from "./docker-host";
import { frontDoor } from "./front-door";
import { oldImages, registries } from "./images";
import { maintenance, page } from "./maintenance";
import { migrations, schemaRange } from "./migrations";
import { notify } from "./notify";
import { observe } from "./observe";
import { preview } from "./preview";
import { host, pathPrefix, publicRoute } from "./routes";
import { strategy } from "./strategy";
import { duration, name, port, resources, text, variableName, versionText } from "./values";

export type { Backups } from "./backups";
export type { CustomDatabase, Database, DatabaseInput, PostgresDatabase, RedisDatabase } from "./databases";
export type { OldImages } from "./images";
export type { Maintenance } from "./maintenance";
export type { MigrationSettings, SchemaTool } from "./migrations";
export type { ObserveSettings } from "./observe";
export type { Strategy } from "./strategy";
export type { TlsSettings } from "./tls";

/**
 * The settings of a stack, as one schema. `Pulumi.yaml` repeats types, defaults and descriptions for
 * `pulumi config`; a test holds the two together. Parsed durations are numbers of milliseconds.
 */

export const COLORS = ["blue", "green"] as const;
export const color = z.enum(COLORS);
export type Color = z.infer<typeof color>;

/** The color that is not `active`. */
export function otherColor(active: Color): Color {
	return active === "blue" ? "green" : "blue";
}

const path = z
	.string()
	.startsWith("/", { error: 'a path that begins with "/"' })
	.meta({ examples: ["/health"] });

/**
 * Requests that each replica of the new color gets after it is ready and before visitors do, so that its code is compiled
 * and its connections are open by then. Their answers decide nothing.
 */
const warmUp = z.strictObject({
	/** GET, in turn; what visitors ask for most. */
	paths: z.array(path).min(1),
	/** For each replica. */
	requests: z.int().min(1).max(10_000).default(300),
	/** How many at once to each replica. */
	connections: z.int().min(1).max(32).default(4),
	/** They are spread evenly over this time. */
	within: duration.default(5_000),
});

const serviceHealth = z.strictObject({
	/** GET this path on each replica; passes on `status` (default: any 2xx). */
	path: path.optional(),
	/** The status that `path` has to answer with. Unset: any 2xx. */
	status: z.int().min(100).max(599).optional(),
	/** A command run inside the container as its Docker health check; exit code 0 is healthy. */
	command: z.array(text).min(1).optional(),
	/** Wait for the HEALTHCHECK that the image itself declares. */
	docker: z.boolean().optional(),
	/** For services without a port: the container runs this long without a restart. */
	staysUp: duration.optional(),
	/**
	 * Where the service tells which version it is: the gate asks each replica, and the verification asks through the proxy.
	 * It has to be the color's version, or an old image under a new tag would be released unseen. Unset: not asked.
	 */
	version: z
		.strictObject({
			/** Asked on each replica, and through the proxy. */
			path: path.meta({ examples: ["/version"] }),
			/** The field of a JSON object that holds it. Unset: the whole answer is the version. */
			json: text.optional(),
		})
		.optional(),
});

export const service = z.strictObject({
	/** The port on which it listens in its container. Unset: it takes no requests. */
	port: port.optional(),
	/** Public path prefix: "/" takes what no longer prefix takes. Unset, and no `routes`: not reachable through the proxy. */
	route: pathPrefix.optional(),
	/** Instead of `route`, where it is more than one, or not on every host. */
	routes: z.array(publicRoute).min(1).optional(),
	/** How many containers of it each color has. */
	replicas: z.int().min(1).max(64).default(1),
	/** When a replica is ready. Unset: what the port, the image's own health check, or running for a while can say. */
	health: serviceHealth.optional(),
	warmUp: warmUp.optional(),
	/** Environment variables, for all to see; what is secret belongs in `secrets`. */
	env: z.record(variableName, z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({}),
	/** Names of entries of the top-level `secrets`; each becomes an environment variable or a file. */
	secrets: z.array(variableName).default([]),
	/**
	 * How secrets and database URLs arrive. file: NAME_FILE holds the path of a file. env: NAME holds the value itself, and
	 * `docker inspect` shows it to everybody who may ask Docker.
	 */
	secretsAs: z.enum(["file", "env"]).default("file"),
	/** Names of databases whose URL this service gets. Unset: all. */
	databases: z.array(name).optional(),
	/** Limits of each container. */
	resources: resources.default({}),
	/** Instead of the image's own command, as a list of words. */
	command: z.array(text).min(1).optional(),
	/** Declared for the active color only: for what must not run in both colors (cron, a queue consumer). */
	onlyWhenActive: z.boolean().default(false),
	/** Time between SIGTERM and SIGKILL when the container is removed. */
	stopGrace: duration.default(30_000),
});
export type Service = z.infer<typeof service>;

const colorRelease = z.strictObject({
	/** What runs in this color; with `images` it says which image. Unset: the color has no containers. */
	version: versionText.optional(),
	/** Raised by hand to release the same version again, with what the settings say now. */
	revision: versionText.optional(),
	/** Images by service name; they win over the template `images`. */
	images: z.record(name, text).default({}),
	/** Versions of the database's schema that it works with. Unset: the image's label `blue-green.schema`, or any. */
	schema: schemaRange.optional(),
});

export const proxy = z.strictObject({
	/** Caddy 2.11.3 or newer, with `sh`, `base64` and `nc` as in the official Alpine image, whose BusyBox has them. */
	image: text.default("caddy:2.11-alpine"),
	/** Address of the Docker host on which the proxy listens. */
	bindAddress: z.union([z.ipv4(), z.ipv6()], { error: "an IPv4 or IPv6 address" }).default("127.0.0.1"),
	/** Where the proxy listens for plain HTTP. */
	httpPort: port.default(8080),
	/** Host names that are served; empty: any. */
	hosts: z.array(host).default([]),
	...frontDoor,
	/** Response header that names the color that answered; false: none. */
	colorHeader: z
		.union([z.literal(false), z.string().regex(/^[A-Za-z0-9-]+$/, { error: "a header name, or false" })])
		.default("X-Color"),
	/**
	 * Longest time that requests wait at the proxy while a database is replaced; then they are let go, come what may.
	 * "0": they do not wait, and fail as the application fails without its database.
	 */
	holdFor: duration.default(30_000),
	/** How the color that does not serve can be looked at. */
	preview: preview.prefault({}),
	page,
	/** Limits of the proxy's container. */
	resources: resources.default({}),
});
export type ProxySettings = z.infer<typeof proxy>;

export const health = z.strictObject({
	/** Time between two probes of a replica. */
	interval: duration.default(500),
	/** Longest time one probe may take. */
	timeout: duration.default(5_000),
	/** Passes in a row that each replica needs. */
	passes: z.int().min(1).max(100).default(3),
	/** Longest time for all replicas together. */
	deadline: duration.default(60_000),
});
export type Health = z.infer<typeof health>;

export const drain = z.strictObject({
	/**
	 * How the old color is waited for. `inflight`: until Caddy counts nothing in flight on it. `delay`: a fixed time.
	 * `auto`: in flight, and the fixed time where Caddy cannot be asked.
	 */
	mode: z.enum(["auto", "inflight", "delay"]).default("auto"),
	/** Longest wait for what is in flight; "0": do not wait. Streams that are still open then are closed. */
	timeout: duration.default(30_000),
	/** The fixed time; "0": none. */
	delay: duration.default(10_000),
});
export type Drain = z.infer<typeof drain>;

/** What one release needs to know; `BlueGreen` takes these, and so does the stack. */
export const release = z.strictObject({
	activeColor: color,
	colors: z.strictObject({
		/** What runs in blue. */
		blue: colorRelease.prefault({}),
		/** What runs in green. */
		green: colorRelease.prefault({}),
	}),
	/** Image template with {service} and {version}: "registry.example.com/shop-{service}:{version}". */
	images: text.optional(),
	oldImages: oldImages.prefault({}),
	services: z
		.record(name, service)
		.refine((all) => Object.keys(all).length > 0, { error: "at least one service" }),
	health: health.prefault({}),
	drain: drain.prefault({}),
	observe: observe.prefault({}),
	standby: z.enum(["warm", "removed"]).default("warm"),
	strategy: strategy.prefault({}),
	maintenance,
	migrations: migrations.prefault({}),
	/** What the new color has to do before visitors come, and after. */
	checks: checks.default([]),
	notify,
});
export type ReleaseSettings = z.infer<typeof release>;
export type ReleaseInput = z.input<typeof release>;

export const databases = z.record(name, database);

export const settings = release.extend({
	/** The Docker host that all of it runs on. */
	host: dockerHost,
	databases: databases.default({}),
	secrets: z.record(variableName, z.string()).default({}),
	registries,
	backups: backups.prefault({}),
	proxy: proxy.prefault({}),
});
export type Settings = z.infer<typeof settings>;
