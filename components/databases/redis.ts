import type * as pulumi from "@pulumi/pulumi";
import { PASSWORD_FILE } from "../runtime/databases/redis-users";
import type { RedisDatabase } from "../settings/schema";
import { type DatabaseContainer, inOrder } from "./container";
import { redisCommand, USERS_FILE } from "./redis-start";
import { serverParameters } from "./tuning";

const DATA = "/data";
const CONFIG_FILE = "/usr/local/etc/redis/redis.conf";
const PORT = 6379;

/**
 * Redis by the contract of the official image.
 *
 * @param password Of the user `default`, which goes nowhere else.
 */
export function redis(database: RedisDatabase, password: pulumi.Output<string>): DatabaseContainer {
	const lines = inOrder(serverParameters(database)).map(([name, value]) => `${name} ${value}\n`);
	return {
		envs: [],
		files: [
			{ path: CONFIG_FILE, content: `dir ${DATA}\naclfile ${USERS_FILE}\n${lines.join("")}` },
			{ path: PASSWORD_FILE, content: password },
		],
		command: redisCommand(CONFIG_FILE),
		dataPaths: [DATA],
		// Without the password Redis answers NOAUTH once it is up, and LOADING while it reads its data.
		healthCommand: ["CMD-SHELL", "redis-cli ping | grep -qE 'PONG|NOAUTH'"],
		port: PORT,
	};
}

/** `--name value` for each parameter, where there is no file. */
export function redisArguments(database: RedisDatabase): string[] {
	return inOrder(serverParameters(database)).flatMap(([name, value]) => [`--${name}`, ...words(name, value)]);
}

/** "save 900 1" is one directive with two words; any other value may have blanks in it. */
function words(name: string, value: string): string[] {
	return name === "save" ? value.split(" ") : [value];
}
