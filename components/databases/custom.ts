import type * as pulumi from "@pulumi/pulumi";
import { SECRETS_FOLDER } from "../plan/names";
import type { CustomDatabase } from "../settings/schema";
import type { DatabaseContainer } from "./container";

/** Where a custom database finds its random password. */
export const PASSWORD_FILE = `${SECRETS_FOLDER}/password`;

/**
 * Any stateful image, by what the settings say of it.
 *
 * @param host Container name, which is the DNS name on the network.
 * @param secrets Values of the secrets that it names.
 */
export function custom(
	host: string,
	database: CustomDatabase,
	password: pulumi.Output<string>,
	secrets: Readonly<Record<string, pulumi.Input<string>>>,
): DatabaseContainer {
	const { env, port, command, volumes, health } = database;
	const named = database.secrets.flatMap((name) => {
		const content = secrets[name];
		return content === undefined ? [] : [{ name, path: `${SECRETS_FOLDER}/${name}`, content }];
	});
	return {
		envs: [
			...Object.entries(env).map(([name, value]) => `${name}=${value}`),
			...named.map(({ name, path }) => `${name}_FILE=${path}`),
		],
		files: [
			{ path: PASSWORD_FILE, content: password },
			...named.map(({ path, content }) => ({ path, content })),
		],
		...(command && { command }),
		dataPaths: volumes,
		healthCommand: ["CMD", ...health.command],
		port,
		url: password.apply((value) => filledUrl(database, host, value)),
	};
}

function filledUrl({ url, port }: CustomDatabase, host: string, password: string): string {
	return url.replaceAll("{host}", host).replaceAll("{port}", String(port)).replaceAll("{password}", password);
}
