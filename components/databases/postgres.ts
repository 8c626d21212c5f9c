import type * as pulumi from "@pulumi/pulumi";
import type { PostgresDatabase } from "../settings/schema";
import { type DatabaseContainer, inOrder } from "./container";
import { serverParameters } from "./tuning";

/** Where the data is in the container, and so PG_VERSION. Newer official images would choose another folder by themselves. */
export const POSTGRES_DATA = "/var/lib/postgresql/data";
const PASSWORD_FILE = "/run/secrets/postgres-password";
const PORT = 5432;
/** Parallel queries share their memory there; with Docker's 64 MiB a large one fails. */
const SHARED_MEMORY_MB = 256;

/**
 * PostgreSQL by the contract of the official image.
 *
 * @param password The superuser's, which goes nowhere else.
 */
export function postgres(database: PostgresDatabase, password: pulumi.Output<string>): DatabaseContainer {
	const { database: name, resources } = database;
	const parameters = postgresArguments(database);
	return {
		envs: [
			`POSTGRES_USER=${name}`,
			`POSTGRES_DB=${name}`,
			`POSTGRES_PASSWORD_FILE=${PASSWORD_FILE}`,
			`PGDATA=${POSTGRES_DATA}`,
		],
		files: [{ path: PASSWORD_FILE, content: password }],
		...(parameters.length > 0 && { command: ["postgres", ...parameters] }),
		dataPaths: [POSTGRES_DATA],
		// Over TCP: while the image initializes, a server without TCP runs that is not the one to wait for.
		healthCommand: ["CMD", "pg_isready", "--host", "127.0.0.1", "--username", name, "--dbname", name],
		port: PORT,
		sharedMemoryMb: Math.min(SHARED_MEMORY_MB, Math.floor((resources.memoryMb ?? 4_096) / 4)),
	};
}

/** `-c name=value` for each parameter. */
export function postgresArguments(database: PostgresDatabase): string[] {
	return inOrder(serverParameters(database)).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
