import * as pulumi from "@pulumi/pulumi";
import type { Database } from "../settings/schema";

/** What differs between database images: the official images' contract of environment, files and data folder. */
export interface DatabaseImage {
	readonly envs: string[];
	readonly files: readonly { readonly path: string; readonly content: pulumi.Output<string> }[];
	readonly command?: readonly string[];
	readonly dataPath: string;
	readonly healthCommand: readonly string[];
	readonly url: pulumi.Output<string>;
}

/** @param host Container name, which is the DNS name on the network. */
export function databaseImage(
	host: string,
	database: Database,
	password: pulumi.Output<string>,
): DatabaseImage {
	return database.type === "postgres" ? postgres(host, database.database, password) : redis(host, password);
}

function postgres(host: string, name: string, password: pulumi.Output<string>): DatabaseImage {
	const passwordFile = "/run/secrets/postgres-password";
	return {
		envs: [`POSTGRES_USER=${name}`, `POSTGRES_DB=${name}`, `POSTGRES_PASSWORD_FILE=${passwordFile}`],
		files: [{ path: passwordFile, content: password }],
		dataPath: "/var/lib/postgresql/data",
		// Over TCP: while the image initializes, a server without TCP runs that is not the one to wait for.
		healthCommand: ["CMD", "pg_isready", "--host", "127.0.0.1", "--username", name, "--dbname", name],
		url: pulumi.interpolate`postgres://${name}:${password}@${host}:5432/${name}`,
	};
}

function redis(host: string, password: pulumi.Output<string>): DatabaseImage {
	const configFile = "/usr/local/etc/redis/redis.conf";
	return {
		envs: [],
		files: [
			{ path: configFile, content: pulumi.interpolate`dir /data\nappendonly yes\nrequirepass ${password}\n` },
		],
		command: ["redis-server", configFile],
		dataPath: "/data",
		// Without the password Redis answers NOAUTH once it is up, and LOADING while it reads its data.
		healthCommand: ["CMD-SHELL", "redis-cli ping | grep -qE 'PONG|NOAUTH'"],
		url: pulumi.interpolate`redis://:${password}@${host}:6379`,
	};
}
