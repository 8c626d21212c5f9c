import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { labels } from "../labels";
import { limits } from "../limits";
import { databaseName } from "../plan/names";
import type { Database } from "../settings/schema";
import { databaseImage } from "./images";
import { urlVariables } from "./url-variables";

export interface SharedDatabasesArgs {
	/** By name, as in the settings. */
	readonly databases: Readonly<Record<string, Database>>;
	/** Name of the network for databases; nothing is published on the host. */
	readonly network: pulumi.Input<string>;
}

/** How to reach one database from a service. */
export interface Connection {
	readonly type: Database["type"];
	/** The environment variable that carries `url`. */
	readonly variable: string;
	/** With user and password; secret. */
	readonly url: pulumi.Output<string>;
	/** Name of the database's container. */
	readonly container: pulumi.Output<string>;
	/** PostgreSQL only: name of the database, and of its owner. */
	readonly database?: string;
	readonly owner?: string;
}

/** Longest time a database may take until it answers, before any color starts; the first start creates the cluster. */
const READY_SECONDS = 120;
/** PostgreSQL and Redis write what they have on SIGTERM; a kill in between means recovery at the next start. */
const STOP_SECONDS = 60;

/**
 * The stateful part that both colors share. Protected: Pulumi refuses to delete or replace it. Passwords are random,
 * encrypted in the state, and reach the containers as files, so that `docker inspect` does not show them.
 */
export class SharedDatabases extends pulumi.ComponentResource {
	/** By name, as in the settings. */
	readonly connections: Readonly<Record<string, Connection>>;
	/** Docker's ids of the databases' containers. */
	readonly containerIds: readonly pulumi.Output<string>[];

	/** @param prefix Names begin with it; see `stackPrefix`. */
	constructor(prefix: string, args: SharedDatabasesArgs, opts?: pulumi.ComponentResourceOptions) {
		super("blue-green:index:SharedDatabases", prefix, {}, opts);
		const variables = urlVariables(args.databases);
		const made = Object.entries(args.databases).map(([name, database]) => {
			const { url, id, container } = this.database(databaseName(prefix, name), database, args.network);
			const own = database.type === "postgres" && { database: database.database, owner: database.database };
			const connection = { type: database.type, variable: variables[name] ?? "", url, container, ...own };
			return { name, id, connection };
		});
		this.connections = Object.fromEntries(made.map(({ name, connection }) => [name, connection]));
		this.containerIds = made.map(({ id }) => id);
		this.registerOutputs({});
	}

	private database(
		name: string,
		database: Database,
		network: pulumi.Input<string>,
	): { url: pulumi.Output<string>; id: pulumi.Output<string>; container: pulumi.Output<string> } {
		const child = { parent: this };
		const kept = { ...child, protect: true };
		// Letters and digits only: the password stands in a URL and in a configuration file.
		const password = new random.RandomPassword(`${name}-password`, { length: 32, special: false }, kept)
			.result;
		const parts = databaseImage(name, database, password);
		const image = new docker.RemoteImage(`${name}-image`, { name: database.image, keepLocally: true }, child);
		const volume = new docker.Volume(
			`${name}-data`,
			{ name: `${name}-data`, labels: labels({ role: "database" }) },
			kept,
		);
		const container = new docker.Container(
			name,
			{
				name,
				image: image.imageId,
				envs: parts.envs,
				uploads: parts.files.map(({ path, content }) => ({ file: path, content, permissions: "0444" })),
				...(parts.command && { command: [...parts.command] }),
				volumes: [{ volumeName: volume.name, containerPath: parts.dataPath }],
				networksAdvanced: [{ name: network }],
				healthcheck: {
					tests: [...parts.healthCommand],
					interval: "2s",
					timeout: "5s",
					retries: 15,
					startPeriod: "1m0s",
				},
				wait: true,
				waitTimeout: READY_SECONDS,
				restart: "unless-stopped",
				securityOpts: ["no-new-privileges:true"],
				...limits(database.resources),
				labels: labels({ role: "database", service: name }),
				destroyGraceSeconds: STOP_SECONDS,
			},
			{ ...kept, deleteBeforeReplace: true },
		);
		return { url: parts.url, id: container.id, container: container.name };
	}
}
