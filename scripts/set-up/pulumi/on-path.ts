import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { run } from "../../lib/run";
import { cacheFolder, type Report } from "../paths";
import { isAtLeast, plugins, versions } from "../versions";
import { cliEnvironment, installPlugin, missingPlugins, type Toolchain } from "./toolchain";

/**
 * The person's own Pulumi, if PATH has one that is new enough and knows Node.js, with the official plugins in its own
 * home. Nothing else of theirs is touched.
 *
 * @returns undefined, with a reason in the report, when it cannot serve.
 */
export async function pulumiOnPath(report: Report): Promise<Toolchain | undefined> {
	const cli = find("pulumi");
	if (!cli) return undefined;
	const version = (
		await run(cli, ["version"], { what: `Asking ${cli}`, env: cliEnvironment(undefined) })
	).replace(/^v/, "");
	if (!isAtLeast(version, versions.pulumi.minimum)) {
		report(
			`${cli} is version ${version}; ${versions.pulumi.minimum} or newer is needed, so it is left alone`,
		);
		return undefined;
	}
	const beside = path.join(path.dirname(realpathSync(cli)), "pulumi-language-nodejs");
	if (!existsSync(beside) && !find("pulumi-language-nodejs")) {
		report(`${cli} has no pulumi-language-nodejs beside it, so it is left alone`);
		return undefined;
	}
	const home = process.env.PULUMI_HOME || path.join(homedir(), ".pulumi");
	for (const plugin of missingPlugins(home, plugins)) {
		report(`installing the official ${plugin[0]} plugin ${plugin[1]} into ${home}`);
		try {
			await installPlugin(cli, undefined, plugin);
		} catch (error) {
			report(
				`${cli} cannot download its plugins, so another one is set up beside it. ${(error as Error).message}`,
			);
			return undefined;
		}
	}
	return { version, source: "path", path: [] };
}

/** Looks in PATH, but not among what this program has made itself. */
function find(name: string): string | undefined {
	const own = cacheFolder();
	for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
		const file = path.join(folder, name);
		if (folder === "" || path.resolve(folder).startsWith(own + path.sep)) continue;
		try {
			accessSync(file, constants.X_OK);
			return file;
		} catch {}
	}
	return undefined;
}
