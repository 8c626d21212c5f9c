import type { Engine } from "../docker/engine";
import { exec } from "../docker/exec";
import { StepError } from "../report";

/** Oldest Caddy that counts right: see `assertSupportedCaddy`. */
export const OLDEST_CADDY = "2.11.3";

/** @throws StepError where the proxy's image holds a Caddy that is too old, with the reason. */
export async function assertSupportedCaddy(engine: Engine, container: string): Promise<void> {
	const { stdout } = await exec(engine, container, ["caddy", "version"]);
	const reason = unsupported(stdout);
	if (reason !== undefined) throw new StepError(reason);
}

/** Why this output of `caddy version` will not do; undefined when it will. Versions that cannot be read pass. */
export function unsupported(output: string): string | undefined {
	const found = /v?(\d+)\.(\d+)\.(\d+)/.exec(output);
	if (found === null) return undefined;
	const [have, want] = [found.slice(1).map(Number), OLDEST_CADDY.split(".").map(Number)];
	const difference = have.map((part, index) => part - (want[index] ?? 0)).find((part) => part !== 0) ?? 0;
	if (difference >= 0) return undefined;
	return (
		`Caddy ${have.join(".")} is too old; ${OLDEST_CADDY} or newer is needed: before 2.11.2 its admin API forgets requests in flight to upstreams ` +
		"that a reload removed, so a drain would end too early.\nNext: pulumi config set --path proxy.image caddy:2.11-alpine"
	);
}
