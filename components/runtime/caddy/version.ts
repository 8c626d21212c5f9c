import { isOldCaddy, OLD_CADDY, OLDEST_CADDY, readCaddyVersion } from "../../proxy/caddy-version";
import type { Engine } from "../docker/engine";
import { exec } from "../docker/exec";
import { StepError } from "../report";

/** @throws StepError where the proxy's image holds a Caddy that is too old, with the reason. */
export async function assertSupportedCaddy(engine: Engine, container: string): Promise<void> {
	const { stdout } = await exec(engine, container, ["caddy", "version"]);
	const reason = unsupported(stdout);
	if (reason !== undefined) throw new StepError(reason);
}

/** Why this output of `caddy version` will not do; undefined when it will. Versions that cannot be read pass. */
export function unsupported(output: string): string | undefined {
	const version = readCaddyVersion(output);
	if (version === undefined || !isOldCaddy(version)) return undefined;
	return (
		`Caddy ${version} is too old; ${OLDEST_CADDY} or newer is needed: ${OLD_CADDY}.\n` +
		"Next: pulumi config set --path proxy.image caddy:2.11-alpine"
	);
}
