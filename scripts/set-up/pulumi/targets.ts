import { readdirSync } from "node:fs";
import path from "node:path";
import { fingerprint } from "../artifact";
import { type PluginName, plugins, versions } from "../versions";

/** One program that is built from Go modules. */
export interface Target {
	/** The program's file name. */
	name: string;
	/** What it is, for people. */
	title: string;
	/** Minutes that its first build takes on 2 cores, roughly; the modules' downloads come on top. */
	minutes: number;
	version: string;
	/** The folder of its go.mod, absolute. */
	module: string;
	/** The Go package, as `go build` takes it. */
	package: string;
	/** Folders below `module` with sources of ours that it is built from. */
	sources: string[];
	/** The Go variable that gets the version. */
	versionVariable: string;
	/** The version as that variable wants it. */
	stamp: string;
	tags?: string;
	plugin?: PluginName;
}

/** The folder with the Go modules and the pinned versions. */
export const toolchainFolder = path.resolve(__dirname, "../../toolchain");

const coreVersion = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

function core(name: string, title: string, module: string, goPackage: string, minutes: number): Target {
	const version = versions.pulumi.cli;
	return {
		name,
		title,
		minutes,
		version,
		module: path.join(toolchainFolder, module),
		package: goPackage,
		sources: [],
		versionVariable: coreVersion,
		stamp: `v${version}`,
	};
}

/** Sources that two programs share, or that are folders of their own for Go's rules on internal packages. */
const shims: Partial<Record<PluginName, string>> = { docker: "dockershim", random: "randomshim" };
const minutes: Record<PluginName, number> = { docker: 2, random: 1, command: 0.5 };

/** The CLI comes first: it installs the plugins. */
export const targets: readonly Target[] = [
	core("pulumi", "the Pulumi CLI", "cli", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", 4),
	core(
		"pulumi-language-nodejs-host",
		"Pulumi's Node.js language host",
		"language-host",
		"github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
		0.5,
	),
	{
		...core("pulumi-language-nodejs", "the language host's launcher", "language-host", "./launcher", 0),
		sources: ["launcher"],
	},
	...plugins.map(
		([name, version]): Target => ({
			name: `pulumi-resource-${name}`,
			title: name === "command" ? "the stand-in for the command plugin" : `the ${name} plugin`,
			minutes: minutes[name],
			version,
			module: path.join(toolchainFolder, "plugins"),
			package: `./${name}`,
			sources: [name, shims[name] ?? []].flat(),
			versionVariable: "main.version",
			stamp: version,
			tags: "no_compose",
			plugin: name,
		}),
	),
];

/** Docker Compose, for the benchmark only; see `ensureCompose`. */
export const composeTarget: Target = {
	name: "docker-compose",
	title: "Docker Compose",
	minutes: 2,
	version: versions.goModules["toolchain/compose"]["github.com/docker/compose/v2"].slice(1),
	module: path.join(toolchainFolder, "compose"),
	package: "github.com/docker/compose/v2/cmd",
	sources: [],
	versionVariable: "github.com/docker/compose/v2/internal.Version",
	stamp: versions.goModules["toolchain/compose"]["github.com/docker/compose/v2"],
};

/** @returns the arguments of `go` that build a target; `output` is the file it makes. */
export function buildArguments(target: Target, output: string): string[] {
	const linker = `-s -w -X ${target.versionVariable}=${target.stamp}`;
	const tags = target.tags === undefined ? [] : ["-tags", target.tags];
	return ["build", "-trimpath", "-buildvcs=false", ...tags, "-ldflags", linker, "-o", output, target.package];
}

/** @returns a text that changes when the target would be built from something else or in another way. */
export async function keyOf(target: Target): Promise<string> {
	const own = target.sources.flatMap((folder) => goFiles(path.join(target.module, folder)));
	const modules = ["go.mod", "go.sum"].map((name) => path.join(target.module, name));
	return fingerprint([...modules, ...own], [...buildArguments(target, ""), process.platform, process.arch]);
}

function goFiles(folder: string): string[] {
	return readdirSync(folder, { recursive: true, encoding: "utf8" })
		.filter(
			(name) => (name.endsWith(".go") && !name.endsWith("_test.go")) || path.basename(name) === "go.mod",
		)
		.sort()
		.map((name) => path.join(folder, name));
}
