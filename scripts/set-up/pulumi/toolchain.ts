import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { run } from "../../lib/run";
import type { PluginName } from "../versions";

/** A CLI with its language host and plugins, ready to use. */
export interface Toolchain {
	version: string;
	/** Where it comes from: the person's own, the official download, or built here from Go modules. */
	source: "path" | "official" | "go";
	/** Folders to put before PATH. */
	path: string[];
	/** Pulumi's own folder for it; undefined leaves the person's. */
	home?: string;
}

/** The places inside a cached toolchain's folder. */
export function layout(folder: string): { bin: string; cli: string; home: string; ready: string } {
	const bin = path.join(folder, "bin");
	return {
		bin,
		cli: path.join(bin, "pulumi"),
		home: path.join(folder, "home"),
		ready: path.join(folder, "ready.json"),
	};
}

/** @returns the toolchain that a folder of the cache holds, if it is there with all its plugins. */
export async function cachedToolchain(
	folder: string,
	source: Toolchain["source"],
	wanted: readonly (readonly [PluginName, string])[],
): Promise<Toolchain | undefined> {
	const { bin, cli, home, ready } = layout(folder);
	if (![ready, cli, path.join(bin, "pulumi-language-nodejs")].every((file) => existsSync(file)))
		return undefined;
	if (missingPlugins(home, wanted).length > 0) return undefined;
	const { version } = JSON.parse(await readFile(ready, "utf8")) as { version: string };
	return { version, source, path: [bin], home };
}

/** Marks a folder as complete; the last thing to write into it. */
export async function writeReady(folder: string, version: string): Promise<void> {
	await writeFile(layout(folder).ready, `${JSON.stringify({ version })}\n`);
}

/** @returns the plugins that are not in a Pulumi home, such as ~/.pulumi. */
export function missingPlugins<T extends readonly [PluginName, string]>(
	home: string,
	wanted: readonly T[],
): T[] {
	return wanted.filter(([name, version]) => {
		const folder = path.join(home, "plugins", `resource-${name}-v${version}`);
		// The CLI removes the .partial file when the plugin is complete.
		return !existsSync(path.join(folder, `pulumi-resource-${name}`)) || existsSync(`${folder}.partial`);
	});
}

/** @returns the environment for a CLI that must use `home` and nothing of the person's own settings. */
export function cliEnvironment(home: string | undefined): NodeJS.ProcessEnv {
	const env: NodeJS.ProcessEnv = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
	if (home !== undefined) env.PULUMI_HOME = home;
	return env;
}

/**
 * Installs a plugin with the CLI.
 *
 * @param file the plugin's binary; without it, the CLI downloads the official one.
 */
export async function installPlugin(
	cli: string,
	home: string | undefined,
	[name, version]: readonly [PluginName, string],
	file?: string,
): Promise<void> {
	const source = file === undefined ? [] : ["--file", file];
	await run(cli, ["plugin", "install", "resource", name, version, ...source], {
		what: `Installing the ${name} plugin ${version}`,
		timeoutMs: 300_000,
		env: cliEnvironment(home),
	});
}
