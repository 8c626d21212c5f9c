import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import { projectFolder, toolEnvironment } from "../../lib/environment";
import { run } from "../../lib/run";
import { localSettings, stackName } from "../../set-up/stack";
import { projectName } from "../../set-up/state";
import { freePort, type Host } from "../host";
import { BenchStack } from "../stack";
import { type Timed, timed } from "./timed";

/** Two `pulumi up` in turn, of stacks in which nothing has changed. */
export interface NoOpPair {
	/** The sample shop's stack, as the demo has it. */
	ours: Timed;
	/** A program without a resource. */
	empty: Timed;
}

/** The program and its options, as `pulumi new typescript` makes them. */
const EMPTY_PROGRAM: Readonly<Record<string, string>> = {
	"Pulumi.yaml": stringify({
		name: "empty",
		description: "A minimal TypeScript Pulumi program",
		runtime: { name: "nodejs", options: { packagemanager: "npm" } },
	}),
	"package.json": JSON.stringify({ name: "empty", main: "index.ts" }),
	"tsconfig.json": JSON.stringify({
		compilerOptions: {
			strict: true,
			outDir: "bin",
			target: "es2020",
			module: "commonjs",
			moduleResolution: "node",
			sourceMap: true,
			experimentalDecorators: true,
			pretty: true,
			noFallthroughCasesInSwitch: true,
			noImplicitReturns: true,
			forceConsistentCasingInFileNames: true,
		},
		files: ["index.ts"],
	}),
	"index.ts": 'import * as pulumi from "@pulumi/pulumi";\n',
};

/** Measures `pulumi up` with nothing to do beside that of an empty program; which comes first changes from pair to pair. */
export async function measureNoOp(host: Host, pairs: number): Promise<NoOpPair[]> {
	const stack = new BenchStack(host, "no-op", await demoSettings(host));
	try {
		await stack.init();
		await stack.up();
		const empty = await emptyStack(host);
		// Once more of each: what was new to a cache then no longer is.
		await stack.timedUp();
		await empty();
		const measured: NoOpPair[] = [];
		for (let pair = 0; pair < pairs; pair++) {
			const first = pair % 2 === 0 ? await stack.timedUp() : await empty();
			const second = pair % 2 === 0 ? await empty() : await stack.timedUp();
			const [ours, other] = pair % 2 === 0 ? [first, second] : [second, first];
			measured.push({ ours, empty: other });
		}
		return measured;
	} finally {
		await stack.remove();
	}
}

async function demoSettings(host: Host): Promise<BenchStack["settings"]> {
	const { config } = parse(localSettings(projectFolder, host.images)) as {
		config: Record<string, unknown>;
	};
	const prefix = `${projectName(projectFolder)}:`;
	const entries = Object.entries(config).map(([key, value]) => [key.slice(prefix.length), value]);
	const settings = Object.fromEntries(entries) as BenchStack["settings"];
	return { ...settings, proxy: { ...settings.proxy, httpPort: await freePort() } };
}

/** Makes the stack of an empty program, with this project's SDK. @returns what brings it up, and has done so once. */
async function emptyStack(host: Host): Promise<() => Promise<Timed>> {
	const folder = path.join(host.folder, "empty");
	const state = path.join(host.folder, "state-empty");
	for (const each of [folder, state]) mkdirSync(each);
	for (const [name, text] of Object.entries(EMPTY_PROGRAM)) writeFileSync(path.join(folder, name), text);
	symlinkSync(path.join(projectFolder, "node_modules"), path.join(folder, "node_modules"));
	const env = {
		...toolEnvironment(),
		PULUMI_BACKEND_URL: `file://${state}`,
		PULUMI_CONFIG_PASSPHRASE: "benchmark",
		PULUMI_CONFIG_PASSPHRASE_FILE: "",
	};
	const options = { cwd: folder, env, timeoutMs: 600_000, signal: host.signal };
	const what = "pulumi on an empty program";
	await run("pulumi", ["stack", "init", stackName, "--non-interactive"], { ...options, what });
	const up = () => timed("pulumi", ["up", "--yes", "--non-interactive"], { ...options, what });
	await up();
	return up;
}
