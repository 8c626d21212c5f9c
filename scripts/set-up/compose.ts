import { attempt } from "../images/attempt";
import { Problem } from "../lib/problem";
import { cacheFolder, type Report } from "./paths";
import { buildProgram, findGo } from "./pulumi/build";
import { composeTarget } from "./pulumi/targets";

/** How Docker Compose is called on this machine. */
export interface Compose {
	/** The program and its first arguments: `docker compose`, or the path of `docker-compose`. */
	command: readonly [string, ...string[]];
	version: string;
	source: "plugin" | "built";
}

/**
 * Docker Compose: the installed plugin, else built from its Go module and kept with the toolchain.
 *
 * @throws Problem that says what to install when there is no way.
 */
export async function ensureCompose(report: Report): Promise<Compose> {
	const plugin = await attempt("docker", ["compose", "version", "--short"], { timeoutMs: 20_000 });
	if (!plugin.failed)
		return { command: ["docker", "compose"], version: plugin.stdout.trim(), source: "plugin" };
	const go = findGo();
	if (!go) {
		throw new Problem(
			"There is no `docker compose`, and no Go on PATH to build it with.\n" +
				"Install the plugin (https://docs.docker.com/compose/install/linux/) or Go 1.26 or newer, and run the same command again.",
		);
	}
	const program = await buildProgram(composeTarget, cacheFolder(), go, report);
	return { command: [program], version: composeTarget.version, source: "built" };
}
