import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { labels } from "../labels";
import { limits } from "../limits";
import { databaseName } from "../plan/names";
import type { Database } from "../settings/schema";
import { databaseImage } from "./images";
import { databaseLogins } from "./logins";
import { urlVariables } from "./url-variables";

export interface SharedDatabasesArgs {
	/** By name, as in the settings. */
	readonly databases: Readonly<Record<string, Database>>;
	/** Name of the network for databases; nothing is published on the host. */
	readonly network: pulumi.Input<string>;
	/** Whether migrations make the tables, so that the application need not. Default: false; see `access` in the settings. */
	readonly migrations?: boolean;
}

/** How to reach one database from a service. */
export interface Connection {
	readonly type: Database["type"];
	/** The environment variable that carries `url`. */
	readonly variable: string;
	/** With user and password of the newest login; secret. */
	readonly url: pulumi.Output<string>;
	/** By login, the newest last: a release keeps the one that it was made with. Unset: there is only `url`. */
	readonly urls?: Readonly<Record<string, pulumi.Output<string>>>;
	/** The URL of the role that owns the schema and may change it, for migrations; secret. PostgreSQL only. */
	readonly migratorUrl?: pulumi.Output<string>;
}

/** Longest time a database may take until it answers, before any color starts; the first start creates the cluster. */
const READY_SECONDS = 120;
/** PostgreSQL and Redis write what they have on SIGTERM; a kill in between means recovery at the next start. */
const STOP_SECONDS = 60;

/**
 * The stateful part that both colors share. Protected: Pulumi refuses to delete or replace it. Passwords are random,
 * encrypted in the state, and reach the containers as files, so that `docker inspect` does not show them. Applications get
 * logins of their own; the superuser's password stays in the database's container.
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
			const host = databaseName(prefix, name);
			const container = this.database(host, database, args.network);
			const { migrations = false } = args;
			const logins = databaseLogins(
				host,
				{ database, host, containerId: container.id, migrations },
				{ parent: this, dependsOn: [container] },
			);
			const connection = { type: database.type, variable: variables[name] ?? "", ...logins };
			return { name, id: container.id, connection };
		});
		this.connections = Object.fromEntries(made.map(({ name, connection }) => [name, connection]));
		this.containerIds = made.map(({ id }) => id);
		this.registerOutputs({});
	}

	private database(name: string, database: Database, network: pulumi.Input<string>): docker.Container {
		const child = { parent: this };
		const kept = { ...child, protect: true };
		const password = new random.RandomPassword(`${name}-password`, { length: 32, special: false }, kept)
			.result;
		const parts = databaseImage(database, password);
		const image = new docker.RemoteImage(`${name}-image`, { name: database.image, keepLocally: true }, child);
		const volume = new docker.Volume(
			`${name}-data`,
			{ name: `${name}-data`, labels: labels({ role: "database" }) },
			kept,
		);
		return new docker.Container(
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
	}
}
