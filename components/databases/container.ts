import type * as pulumi from "@pulumi/pulumi";

/** Address of the Docker host on which databases may be published: nobody else's. */
export const LOOPBACK = "127.0.0.1";

/** What differs between the containers of databases. */
export interface DatabaseContainer {
	/** NAME=value; `docker inspect` shows them, so no secrets. */
	readonly envs: readonly string[];
	readonly files: readonly { readonly path: string; readonly content: pulumi.Input<string> }[];
	readonly command?: readonly string[];
	/** Folders that hold data, in the order of `dataVolumes`. */
	readonly dataPaths: readonly string[];
	/** As Docker's health check has it: "CMD", then the command. */
	readonly healthCommand: readonly string[];
	/** The port that it listens on in the container. */
	readonly port: number;
	/** For services, where there are no logins; secret. */
	readonly url?: pulumi.Output<string>;
	/** Of /dev/shm, in MiB. Default: Docker's 64. */
	readonly sharedMemoryMb?: number;
}

/** Parameters in an order that does not depend on how they were written, so that none replaces a container. */
export function inOrder(parameters: Readonly<Record<string, string>>): [string, string][] {
	return Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
}
