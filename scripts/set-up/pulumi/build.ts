import { accessSync, chmodSync, constants, copyFileSync, existsSync } from "node:fs";
import { link, mkdir, statfs } from "node:fs/promises";
import path from "node:path";
import { Problem } from "../../lib/problem";
import { run } from "../../lib/run";
import { fingerprint, makeFolder } from "../artifact";
import type { Report } from "../paths";
import { plugins, versions } from "../versions";
import { buildArguments, keyOf, type Target, targets, toolchainFolder } from "./targets";
import { cachedToolchain, installPlugin, layout, type Toolchain, writeReady } from "./toolchain";

/** The launcher of dynamic providers: a script, so it is copied and not built. */
const launcher = path.join(toolchainFolder, "pulumi-resource-pulumi-nodejs");

/** What Go's two caches may need in addition when they are empty, in bytes. */
const spaceNeeded = 6e9;

/** @returns the folder of the toolchain that today's sources and versions make. */
export async function builtFolder(cache: string): Promise<string> {
	const keys = await Promise.all(targets.map(keyOf));
	return path.join(cache, "toolchains", `go-${versions.pulumi.cli}-${await fingerprint([launcher], keys)}`);
}

/** @returns what an earlier run has built from the same sources. */
export async function builtBefore(cache: string): Promise<Toolchain | undefined> {
	return cachedToolchain(await builtFolder(cache), "go", plugins);
}

/**
 * Builds the CLI, the language host and the plugins from Go modules. Each program is kept as soon as it is built, so an
 * interrupted build goes on where it was; Go's own cache saves what was compiled in between.
 *
 * @param whyNot why no ready-made Pulumi can be used; for the message when this is not possible either.
 * @throws Problem when there is no Go, no space, or a build fails.
 */
export async function buildToolchain(
	cache: string,
	report: Report,
	whyNot: readonly string[],
): Promise<Toolchain> {
	const go = findGo();
	if (!go) throw withoutGo(whyNot);
	const wanted = await Promise.all(
		targets.map(async (target) => [target, await programFolder(target, cache)] as const),
	);
	const missing = wanted.filter(([, folder]) => !existsSync(folder)).map(([target]) => target);
	if (missing.length > 0) {
		await checkSpace(go);
		const minutes = missing.reduce((sum, target) => sum + target.minutes, 0);
		report(
			`building Pulumi from Go modules, as it cannot be had ready-made here: about ${Math.max(1, Math.round(minutes))} min on 2 cores, once per version`,
		);
	}
	const programs = new Map<Target, string>();
	for (const target of targets) programs.set(target, await buildProgram(target, cache, go, report));
	const folder = await builtFolder(cache);
	await makeFolder(folder, (temporary) => assemble(temporary, programs, report));
	report("@pulumi/command is served by a stand-in here: the official plugin cannot be had on this machine");
	return {
		version: versions.pulumi.cli,
		source: "go",
		path: [layout(folder).bin],
		home: layout(folder).home,
	};
}

/** @returns a program's file; built where today's sources have not been built yet. */
export async function buildProgram(
	target: Target,
	cache: string,
	go: string,
	report: Report,
): Promise<string> {
	const folder = await programFolder(target, cache);
	if (!existsSync(folder)) {
		await makeFolder(folder, (temporary) => compile(target, go, path.join(temporary, target.name), report));
	}
	return path.join(folder, target.name);
}

/** @returns where a program is kept that is built from today's sources. */
async function programFolder(target: Target, cache: string): Promise<string> {
	return path.join(cache, "programs", `${target.name}-${target.version}-${await keyOf(target)}`);
}

async function compile(target: Target, go: string, output: string, report: Report): Promise<void> {
	report(`building ${target.title} ${target.version}`);
	const started = Date.now();
	let downloads = 0;
	const heartbeat = setInterval(() => {
		const seconds = Math.round((Date.now() - started) / 1000);
		report(`still building ${target.title}: ${seconds} s, ${downloads} modules downloaded`);
	}, 20_000);
	try {
		await run(go, buildArguments(target, output), {
			what: `Building ${target.title}`,
			cwd: target.module,
			// No C compiler is needed, and a person's own flags must not change what is built.
			env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
			timeoutMs: 45 * 60_000,
			onLine: (line) => {
				if (line.startsWith("go: downloading")) downloads++;
			},
			next: "What is built so far is kept: run the same command again once the reason is mended.",
		});
	} finally {
		clearInterval(heartbeat);
	}
	report(`built ${target.title} in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** Puts the programs where the CLI looks for them. */
async function assemble(
	folder: string,
	programs: ReadonlyMap<Target, string>,
	report: Report,
): Promise<void> {
	const { bin, cli, home } = layout(folder);
	await mkdir(bin, { recursive: true });
	await mkdir(home, { recursive: true });
	copyFileSync(launcher, path.join(bin, path.basename(launcher)));
	chmodSync(path.join(bin, path.basename(launcher)), 0o755);
	for (const [target, file] of programs) {
		if (!target.plugin) await link(file, path.join(bin, target.name));
	}
	for (const [target, file] of programs) {
		if (!target.plugin) continue;
		report(`installing ${target.title} ${target.version}`);
		await installPlugin(cli, home, [target.plugin, target.version], file);
	}
	await writeReady(folder, versions.pulumi.cli);
}

/** @returns the `go` command, also where PATH lacks the usual folders of Go. */
export function findGo(): string | undefined {
	const folders = [...(process.env.PATH ?? "").split(path.delimiter), "/usr/local/go/bin", "/usr/lib/go/bin"];
	return folders
		.filter((folder) => folder !== "")
		.map((folder) => path.join(folder, "go"))
		.find((file) => {
			try {
				accessSync(file, constants.X_OK);
				return true;
			} catch {
				return false;
			}
		});
}

function withoutGo(whyNot: readonly string[]): Problem {
	return new Problem(
		[
			"There is no Pulumi CLI to use:",
			...whyNot.map((reason) => `  - ${reason}`),
			"  - it cannot be built either: there is no Go on PATH",
			"Do one of these, and run scripts/setup again:",
			`  - install Pulumi ${versions.pulumi.minimum} or newer: https://www.pulumi.com/docs/install/`,
			"  - install Go 1.26 or newer: https://go.dev/dl/",
		].join("\n"),
	);
}

async function checkSpace(go: string): Promise<void> {
	const folder = await run(go, ["env", "GOCACHE"], { what: "Asking Go for its cache" });
	await mkdir(folder, { recursive: true });
	const { bavail, bsize } = await statfs(folder);
	const free = bavail * bsize;
	// Half of it is certainly too little; in between, what is in the caches already decides.
	if (free > spaceNeeded / 2) return;
	throw new Problem(
		`Building Pulumi from Go modules needs up to ${spaceNeeded / 1e9} GB, and ${folder} has ${(free / 1e9).toFixed(1)} GB left.\n` +
			"Make room, or set GOCACHE and GOMODCACHE to folders that have it, and run scripts/setup again.",
	);
}
