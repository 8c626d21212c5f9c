import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { z } from "zod";
import { labels, stackLabel } from "../labels";
import { checkDatabaseChanges } from "../plan/checks-database-changes";
import { databaseChanges } from "../plan/database-changes";
import { dataVolumes } from "../plan/database-record";
import { databaseName } from "../plan/names";
import { outageText } from "../plan/outage-text";
import { type DatabaseChange, type Deployed, NOTHING_DEPLOYED } from "../plan/types";
import type { ReverseProxy } from "../proxy/reverse-proxy";
import type { DatabaseUpdate } from "../runtime/database-update";
import { parse } from "../settings/parse";
import { renderProblems } from "../settings/problems";
import { type Database, type DatabaseInput, databases as databasesSchema } from "../settings/schema";
import { DatabaseCheck } from "./check";
import type { Connection } from "./connection";
import type { DatabaseContainer } from "./container";
import { custom } from "./custom";
import { databaseLogins, type LoginUrls } from "./logins";
import { postgres, postgresArguments } from "./postgres";
import { redis, redisArguments } from "./redis";
import { type Made, type Prepared, runDatabase } from "./run-database";
import { DatabaseReady, type Hold } from "./update-steps";
import { heldLast, holdRequests, resumeRequests } from "./update-window";
import { urlVariables } from "./url-variables";

export interface SharedDatabasesArgs {
	/** By name; as people write them in the settings, see `settings/databases.ts`. */
	readonly databases: Readonly<Record<string, DatabaseInput>>;
	/** Name of the network for databases, which needs no way out of the host. */
	readonly network: pulumi.Input<string>;
	/** Values of the secrets that custom databases name. */
	readonly secrets?: Readonly<Record<string, pulumi.Input<string>>>;
	/** Whether migrations make the tables, so that the application need not. Default: false; see `access` in the settings. */
	readonly migrations?: boolean;
	/**
	 * What is there, from `readStackState`: a change that would lose data or cut it off is refused, and previews say which
	 * database will restart, and why. Leave it out only where nothing is deployed yet.
	 */
	readonly deployed?: Deployed;
	/** Where the application's requests wait while a database is replaced. Unset: they fail meanwhile. */
	readonly proxy?: ReverseProxy;
}

/** Longest time a database may take until it answers, before any color starts; the first start creates the cluster. */
const READY_MS = 120_000;
/**
 * The stateful part that both colors share.
 *
 * Volumes and passwords are protected: Pulumi refuses to delete or replace them; and a volume whose resource goes stays on
 * the host. A container may be replaced, on the same volume, where its settings change: it ends before the next one
 * begins, because two servers on one volume destroy it. Passwords are random, encrypted in the state, and reach the
 * containers as files, so that `docker inspect` does not show them. Applications get logins of their own; the password of a
 * superuser stays in its container.
 */
export class SharedDatabases extends pulumi.ComponentResource {
	/** By name, as in the settings. */
	readonly connections: Readonly<Record<string, Connection>>;
	/** Docker's ids of the databases' containers. */
	readonly containerIds: readonly pulumi.Output<string>[];
	/** The last time that databases were replaced under a product that served: how long they were away, and requests waited. */
	readonly lastUpdate: pulumi.Output<DatabaseUpdate | undefined>;

	/**
	 * @param prefix Names begin with it; see `stackPrefix`.
	 * @throws pulumi.RunError with all problems of the settings at once.
	 */
	constructor(
		private readonly prefix: string,
		private readonly args: SharedDatabasesArgs,
		opts?: pulumi.ComponentResourceOptions,
	) {
		super("blue-green:index:SharedDatabases", prefix, {}, opts);
		const databases = checked(args, prefix);
		const changes = databaseChanges(prefix, databases, args.deployed?.databases);
		for (const change of changes) this.announce(change);
		const variables = urlVariables(databases);
		const loopback = this.loopbackNetwork(databases);
		const prepared = Object.entries(databases).map(([name, database]) => this.prepare(name, database));
		const used = Object.entries(databases).flatMap(([name, one]) => dataVolumes(prefix, name, one));
		for (const name of Object.keys(databases)) {
			// Those that it had before a restore stay what they are: protected, and there to go back to.
			const others = args.deployed?.databaseVolumes?.[name] ?? [];
			for (const other of others.filter((one) => !used.includes(one))) this.volume(name, other);
		}
		const path = args.proxy && { prefix, proxy: args.proxy };
		const hold = path && holdRequests(path, prepared, changes, { parent: this });
		const made = prepared.map((one) => ({ ...one, ...this.database(one, loopback, hold) }));
		this.connections = Object.fromEntries(
			made.map(({ key, database, urls, container }) => {
				const own = database.type === "postgres" && { database: database.database, owner: database.database };
				return [key, { type: database.type, variable: variables[key] ?? "", ...urls, container, ...own }];
			}),
		);
		this.containerIds = made.map(({ id }) => id);
		this.lastUpdate =
			path && hold ? resumeRequests(path, made, hold, { parent: this }) : pulumi.output(undefined);
		this.registerOutputs({});
	}

	/** Says it in previews too, where it is wanted most. */
	private announce(change: DatabaseChange): void {
		if (change.kind !== "updated") return;
		const { deployed, proxy } = this.args;
		const measuredMs = deployed?.databaseOutages?.[change.name];
		const holdForMs = deployed?.serving === undefined ? undefined : (proxy?.site.holdForMs ?? 0);
		void pulumi.log.info(outageText(change, measuredMs, holdForMs), this);
	}

	/**
	 * A network without a way out publishes nothing either. Those that publish a port are on this one as well: what they
	 * send through it keeps the container's own address, which nothing outside can answer.
	 */
	private loopbackNetwork(databases: Readonly<Record<string, Database>>): pulumi.Output<string> | undefined {
		if (Object.values(databases).every(({ publishPort }) => publishPort === undefined)) return undefined;
		const name = `${this.prefix}-loopback`;
		const options = { "com.docker.network.bridge.enable_ip_masquerade": "false" };
		return new docker.Network(
			name,
			{ name, options, labels: labels({ role: "network" }) },
			{ parent: this, deleteBeforeReplace: true },
		).name;
	}

	/** All that can be made while the old container runs. */
	private prepare(key: string, database: Database): Prepared {
		const child = { parent: this };
		const name = databaseName(this.prefix, key);
		// Letters and digits only: that of a custom database may stand in a URL.
		const password = new random.RandomPassword(
			`${name}-password`,
			{ length: 32, special: false },
			{ ...child, protect: true },
		).result;
		const parts = this.container(name, database, password);
		const { imageId } = new docker.RemoteImage(
			`${name}-image`,
			{ name: database.image, keepLocally: true },
			child,
		);
		const volumes = dataVolumes(this.prefix, key, database).map((volume, index) => ({
			volumeName: this.volume(key, volume),
			containerPath: parts.dataPaths[index] as string,
		}));
		const check = this.check(key, database, imageId, volumes[0]?.volumeName);
		return { key, name, database, parts, imageId, volumes, check };
	}

	private database(one: Prepared, loopback: pulumi.Output<string> | undefined, hold: Hold | undefined): Made {
		const child = { parent: this };
		const { key, name, database, parts, check } = one;
		const { publishPort } = database;
		const container = runDatabase(
			one,
			{
				networks: [this.args.network, ...(publishPort !== undefined && loopback ? [loopback] : [])],
				prefix: this.prefix,
			},
			{ ...child, dependsOn: [...check, ...(hold ? [hold] : [])] },
		);
		const ready = new DatabaseReady(
			`${name}-ready`,
			{
				name: key,
				container: name,
				containerId: container.id,
				deadlineMs: READY_MS,
				...(this.args.proxy && { proxy: this.args.proxy.container }),
				...(hold && { hold: heldLast(hold) }),
			},
			child,
		);
		return {
			id: container.id,
			container: ready.urn.apply(() => name),
			ready,
			urls: this.urls(name, database, container.id, ready, parts),
		};
	}

	/** Of a custom image nothing is known of logins: there is the URL that the settings give. */
	private urls(
		host: string,
		database: Database,
		containerId: pulumi.Output<string>,
		ready: DatabaseReady,
		{ url }: DatabaseContainer,
	): LoginUrls {
		if (database.type === "custom") return { url: url ?? pulumi.output("") };
		const { migrations = false } = this.args;
		const args = { database, host, containerId, migrations };
		return databaseLogins(host, args, { parent: this, dependsOn: [ready] });
	}

	/** Of a custom image nothing is known that could be tried. */
	private check(
		key: string,
		database: Database,
		image: pulumi.Input<string>,
		volume: pulumi.Input<string> | undefined,
	): DatabaseCheck[] {
		if (database.type === "custom" || volume === undefined) return [];
		const container = databaseName(this.prefix, key);
		const check = new DatabaseCheck(
			`${container}-check`,
			{
				type: database.type,
				database: key,
				container,
				image,
				imageName: database.image,
				volume,
				parameters: database.type === "postgres" ? postgresArguments(database) : redisArguments(database),
				...(database.type === "postgres" && { owner: database.database }),
				stack: stackLabel(),
			},
			{ parent: this },
		);
		return [check];
	}

	private container(name: string, database: Database, password: pulumi.Output<string>): DatabaseContainer {
		switch (database.type) {
			case "postgres":
				return postgres(database, password);
			case "redis":
				return redis(database, password);
			case "custom":
				return custom(name, database, password, this.args.secrets ?? {});
		}
	}

	/** The labels say whose data it is; a volume that a restore has filled has the same ones. */
	private volume(database: string, name: string): pulumi.Output<string> {
		return new docker.Volume(
			name,
			{ name, labels: labels({ role: "database", database }) },
			{ parent: this, protect: true, retainOnDelete: true },
		).name;
	}
}

function checked({ databases, deployed }: SharedDatabasesArgs, prefix: string): Record<string, Database> {
	const parsed = parse(z.object({ databases: databasesSchema }), { databases });
	const problems =
		"problems" in parsed
			? parsed.problems
			: checkDatabaseChanges(parsed.value.databases, deployed ?? NOTHING_DEPLOYED, prefix, stackLabel());
	if ("problems" in parsed || problems.length > 0)
		throw new pulumi.RunError(renderProblems(problems, pulumi.getStack()));
	return parsed.value.databases;
}
