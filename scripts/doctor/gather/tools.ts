import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Fact } from "../../../components/doctor/finding";
import { factOf } from "../../../components/runtime/host-facts";
import { projectFolder } from "../../lib/environment";
import { run } from "../../lib/run";
import type { InstalledPlugin, Package } from "../judge/tools";

/** Longest time for one call of the CLI. */
export const CLI_MS = 20_000;

/** Runs `pulumi` in the project. @throws Problem where it fails. */
export function pulumi(what: string, env: NodeJS.ProcessEnv, args: readonly string[]): Promise<string> {
	return run("pulumi", [...args, "--non-interactive"], { what, cwd: projectFolder, env, timeoutMs: CLI_MS });
}

/** What `pulumi version` prints. */
export function cliVersion(env: NodeJS.ProcessEnv): Promise<Fact<string>> {
	return factOf(pulumi("asking for its version", env, ["version"]));
}

export function installedPlugins(env: NodeJS.ProcessEnv): Promise<Fact<InstalledPlugin[]>> {
	const asked = pulumi("listing the plugins", env, ["plugin", "ls", "--json"]);
	return factOf(asked.then((text) => JSON.parse(text) as InstalledPlugin[]));
}

/** The packages of Pulumi's that package.json names: their versions are those of the plugins that a program asks for. */
export function pulumiPackages(): Promise<Fact<Package[]>> {
	return factOf(readPackages());
}

async function readPackages(): Promise<Package[]> {
	const { dependencies } = await readManifest<{ dependencies: Record<string, string> }>(projectFolder);
	const wanted = Object.entries(dependencies).filter(([name]) => name.startsWith("@pulumi/"));
	return Promise.all(
		wanted.map(async ([name, version]) => {
			const installed = await installedVersion(name);
			return { name, wanted: version, ...(installed !== undefined && { installed }) };
		}),
	);
}

async function installedVersion(name: string): Promise<string | undefined> {
	try {
		const folder = path.join(projectFolder, "node_modules", name);
		return (await readManifest<{ version: string }>(folder)).version;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw error;
	}
}

async function readManifest<T>(folder: string): Promise<T> {
	return JSON.parse(await readFile(path.join(folder, "package.json"), "utf8")) as T;
}
