import * as pulumi from "@pulumi/pulumi";
import { PASSWORD_FILE } from "../runtime/databases/redis-users";
import type { Database } from "../settings/schema";
import { REDIS_CONFIG, redisCommand } from "./redis-start";

/** What differs between database images: the official images' contract of environment, files and data folder. */
export interface DatabaseImage {
	readonly envs: string[];
	readonly files: readonly { readonly path: string; readonly content: pulumi.Output<string> }[];
	readonly command?: readonly string[];
	readonly dataPath: string;
	readonly healthCommand: readonly string[];
}

/** @param password Of the superuser, or of the user `default`: it stays in the container. */
export function databaseImage(database: Database, password: pulumi.Output<string>): DatabaseImage {
	return database.type === "postgres" ? postgres(database.database, password) : redis(password);
}

function postgres(name: string, password: pulumi.Output<string>): DatabaseImage {
	const passwordFile = "/run/secrets/postgres-password";
	return {
		envs: [`POSTGRES_USER=${name}`, `POSTGRES_DB=${name}`, `POSTGRES_PASSWORD_FILE=${passwordFile}`],
		files: [{ path: passwordFile, content: password }],
		dataPath: "/var/lib/postgresql/data",
		// Over TCP: while the image initializes, a server without TCP runs that is not the one to wait for.
		healthCommand: ["CMD", "pg_isready", "--host", "127.0.0.1", "--username", name, "--dbname", name],
	};
}

function redis(password: pulumi.Output<string>): DatabaseImage {
	const configFile = "/usr/local/etc/redis/redis.conf";
	return {
		envs: [],
		files: [
			{ path: configFile, content: pulumi.output(REDIS_CONFIG) },
			{ path: PASSWORD_FILE, content: password },
		],
		command: redisCommand(configFile),
		dataPath: "/data",
		// Without the password Redis answers NOAUTH once it is up, and LOADING while it reads its data.
		healthCommand: ["CMD-SHELL", "redis-cli ping | grep -qE 'PONG|NOAUTH'"],
	};
}
