import path from "node:path";
import { isProblem, Problem } from "../../lib/problem";
import { makeFolder, removeUnfinished } from "../artifact";
import { cacheFolder, type Report } from "../paths";
import { plugins, versions } from "../versions";
import { buildToolchain, builtBefore } from "./build";
import { downloadCli, Unreachable } from "./download";
import { pulumiOnPath } from "./on-path";
import { cachedToolchain, installPlugin, layout, type Toolchain, writeReady } from "./toolchain";

const sources = ["path", "official", "go"] as const;

/**
 * Sees to it that there is a Pulumi CLI with the plugins that the programs here use: the person's own, else the official
 * download, else one built from Go modules. PULUMI_SOURCE (path, official or go) asks for one of them.
 *
 * What was downloaded or built by an earlier run is used before anything is downloaded or built. To be called only
 * while holding the set-up's lock.
 *
 * @throws Problem that says what to install when there is no way.
 */
export async function ensurePulumi(report: Report): Promise<Toolchain> {
	const cache = cacheFolder();
	const only = wantedSource();
	const may = (source: Toolchain["source"]) => only === undefined || only === source;
	const own = may("path") ? await pulumiOnPath(report) : undefined;
	if (own) return own;
	const official = officialFolder(cache);
	const cached =
		(may("official") ? await cachedToolchain(official, "official", plugins) : undefined) ??
		(may("go") ? await builtBefore(cache) : undefined);
	if (cached) return cached;
	await removeUnfinished(path.join(cache, "toolchains"));
	await removeUnfinished(path.join(cache, "programs"));
	const whyNot = may("path")
		? [`no pulumi ${versions.pulumi.minimum} or newer on PATH that can be used`]
		: [];
	if (may("official")) {
		const reason = await download(official, report);
		if (reason === undefined) return complete(await cachedToolchain(official, "official", plugins));
		report(`no official download: ${reason}`);
		whyNot.push(reason);
	}
	if (may("go")) return buildToolchain(cache, report, whyNot);
	throw new Problem(
		[`There is no Pulumi CLI to use, and PULUMI_SOURCE=${only} rules out other ways:`, ...whyNot].join(
			"\n  - ",
		),
	);
}

function officialFolder(cache: string): string {
	const pluginVersions = plugins.map(([name, version]) => `${name}-${version}`).join("-");
	return path.join(cache, "toolchains", `official-${versions.pulumi.cli}-${pluginVersions}`);
}

/** @returns why the official CLI and plugins cannot be had; undefined when they are there now. */
async function download(folder: string, report: Report): Promise<string | undefined> {
	try {
		await makeFolder(folder, async (temporary) => {
			const { bin, cli, home } = layout(temporary);
			await downloadCli({ version: versions.pulumi.cli, bin, report });
			for (const plugin of plugins) {
				report(`downloading the official ${plugin[0]} plugin ${plugin[1]}`);
				await installPlugin(cli, home, plugin).catch((error: unknown) => {
					throw isProblem(error) ? new Unreachable(error.message) : error;
				});
			}
			await writeReady(temporary, versions.pulumi.cli);
		});
		return undefined;
	} catch (error) {
		if (error instanceof Unreachable) return error.message;
		throw error;
	}
}

function complete(toolchain: Toolchain | undefined): Toolchain {
	if (toolchain) return toolchain;
	throw new Problem(
		"The official Pulumi archive lacks a part that is needed here.\n" +
			"Run scripts/setup with PULUMI_SOURCE=go to build Pulumi from Go modules instead.",
	);
}

function wantedSource(): Toolchain["source"] | undefined {
	const value = process.env.PULUMI_SOURCE;
	if (!value) return undefined;
	const known = sources.find((source) => source === value);
	if (known) return known;
	throw new Problem(`Invalid value for PULUMI_SOURCE: ${value}. Allowed values are ${sources.join(", ")}.`);
}
