import * as pulumi from "@pulumi/pulumi";
import type { RedisDatabase } from "../settings/schema";
import { type DatabaseContainer, inOrder } from "./container";
import { serverParameters } from "./tuning";

const DATA = "/data";
const CONFIG_FILE = "/usr/local/etc/redis/redis.conf";
const PORT = 6379;

/**
 * Redis by the contract of the official image.
 *
 * @param host Container name, which is the DNS name on the network.
 */
export function redis(
	host: string,
	database: RedisDatabase,
	password: pulumi.Output<string>,
): DatabaseContainer {
	const lines = inOrder(serverParameters(database)).map(([name, value]) => `${name} ${value}\n`);
	return {
		envs: [],
		files: [
			{
				path: CONFIG_FILE,
				content: pulumi.interpolate`dir ${DATA}\nrequirepass ${password}\n${lines.join("")}`,
			},
		],
		command: ["redis-server", CONFIG_FILE],
		dataPaths: [DATA],
		// Without the password Redis answers NOAUTH once it is up, and LOADING while it reads its data.
		healthCommand: ["CMD-SHELL", "redis-cli ping | grep -qE 'PONG|NOAUTH'"],
		port: PORT,
		url: pulumi.interpolate`redis://:${password}@${host}:${PORT}`,
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
