import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { labels } from "../labels";
import { limits } from "../limits";
import { databaseRecord, recordText } from "../plan/database-record";
import type { Database } from "../settings/schema";
import type { DatabaseCheck } from "./check";
import { type DatabaseContainer, LOOPBACK } from "./container";
import type { LoginUrls } from "./logins";
import type { DatabaseReady } from "./update-steps";

/** A database, but for its container. */
export interface Prepared {
	/** As in the settings. */
	readonly key: string;
	/** Of its container. */
	readonly name: string;
	readonly database: Database;
	readonly parts: DatabaseContainer;
	readonly imageId: pulumi.Output<string>;
	readonly volumes: { volumeName: pulumi.Output<string>; containerPath: string }[];
	readonly check: readonly DatabaseCheck[];
}

/** Its container, and what is known once it answers. */
export interface Made {
	readonly id: pulumi.Output<string>;
	/** Name of the container. */
	readonly container: pulumi.Output<string>;
	readonly ready: DatabaseReady;
	readonly urls: LoginUrls;
}

/** Databases write what they have on SIGTERM; a kill in between means recovery at the next start. */
const STOP_SECONDS = 60;

/** The container of one database. It is replaced on the same volume: the old one ends before the next one begins. */
export function runDatabase(
	{ key, name, database, parts, imageId, volumes }: Prepared,
	{ networks, prefix }: { networks: readonly pulumi.Input<string>[]; prefix: string },
	opts: pulumi.CustomResourceOptions,
): docker.Container {
	const { publishPort } = database;
	return new docker.Container(
		name,
		{
			name,
			image: imageId,
			envs: [...parts.envs],
			uploads: parts.files.map(({ path, content }) => ({ file: path, content, permissions: "0444" })),
			...(parts.command && { command: [...parts.command] }),
			volumes,
			networksAdvanced: networks.map((network) => ({ name: network })),
			...(publishPort !== undefined && {
				ports: [{ internal: parts.port, external: publishPort, ip: LOOPBACK }],
			}),
			healthcheck: {
				tests: [...parts.healthCommand],
				interval: "2s",
				timeout: "5s",
				retries: 15,
				startPeriod: "1m0s",
			},
			restart: database.restart,
			securityOpts: ["no-new-privileges:true"],
			...(parts.sharedMemoryMb !== undefined && { shmSize: parts.sharedMemoryMb }),
			...limits(database.resources),
			labels: labels({
				role: "database",
				service: name,
				database: key,
				settings: recordText(databaseRecord(prefix, key, database)),
			}),
			destroyGraceSeconds: STOP_SECONDS,
		},
		// Not protected, or it could never be replaced; what must not happen to it is refused before anything is touched.
		{ ...opts, deleteBeforeReplace: true },
	);
}
