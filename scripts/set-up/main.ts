/** What scripts/setup runs once the npm packages are there. */
import path from "node:path";
import { Command } from "commander";
import { Listr, type ListrTaskWrapper } from "listr2";
import { ensureImages } from "../images/build";
import { type Environment, projectFolder } from "../lib/environment";
import { isProblem } from "../lib/problem";
import { ensureEngine } from "./engine";
import { withLock } from "./lock";
import { cacheFolder, type Report } from "./paths";
import { ensurePulumi } from "./pulumi";
import { officialUrl } from "./pulumi/download";
import type { Toolchain } from "./pulumi/toolchain";
import { ensureSettings, ensureStack, type ImageNames, stackName } from "./stack";
import { ensureState, writeEnvironment } from "./state";
import { plugins } from "./versions";

const description =
	"Sets up what the demo, the tests and `pulumi up` need on this machine: a Docker Engine, the Pulumi CLI with its " +
	"plugins, images, and a stack with its state in this project. What is there stays as it is: run it at any time.";

const environmentHelp = `
Environment:
  DOCKER_HOST          the Docker Engine to use (default: this machine's)
  PULUMI_SOURCE        where Pulumi has to come from: path, official or go (default: the first that can be had)
  PULUMI_DOWNLOAD_URL  a mirror of ${officialUrl}
  XDG_CACHE_HOME       the folder for what is downloaded and built (default: ~/.cache)`;

const engineOrigins = { running: "running", started: "started now", installed: "installed now" };
const pulumiOrigins: Record<Toolchain["source"], string> = {
	path: "yours, from PATH",
	official: "official download",
	go: "built from Go modules",
};

async function setUp(): Promise<void> {
	const started = Date.now();
	let toolchain: Toolchain;
	let environment: Environment;
	let images: ImageNames;
	const tasks = new Listr(
		[
			part("Docker Engine", async (report) => {
				const { version, origin } = await ensureEngine(report);
				return `Docker Engine ${version} (${engineOrigins[origin]})`;
			}),
			part("Pulumi", async (report) => {
				toolchain = await ensurePulumi(report);
				return `Pulumi ${toolchain.version} (${pulumiOrigins[toolchain.source]}), ${pluginList(toolchain)}`;
			}),
			part("State", async (report) => {
				environment = writeEnvironment(projectFolder, toolchain, ensureState(projectFolder, report));
				return "State in .state, its passphrase in .passphrase";
			}),
			part("Images", async (report) => {
				const { source, ...names } = await ensureImages({ log: report });
				images = names;
				const origin = source === "registry" ? "from the registry" : "built here";
				return `Images ${names.postgres}, ${names.redis}, ${names.caddy} and the sample shop's (${origin})`;
			}),
			part("Stack", async (report) => {
				ensureSettings(projectFolder, images, report);
				await ensureStack(projectFolder, environment, report);
				return `Stack ${stackName}, its settings in Pulumi.${stackName}.yaml`;
			}),
		],
		{
			concurrent: false,
			fallbackRenderer: "simple",
			rendererOptions: { showErrorMessage: false },
			registerSignalListeners: false,
		},
	);
	await withLock(
		path.join(cacheFolder(), "lock"),
		(line) => console.log(`setup: ${line}`),
		() => tasks.run(),
	);
	const env = path.relative(
		process.env.INIT_CWD ?? process.cwd(),
		path.join(projectFolder, "scripts", "env"),
	);
	console.log(
		`Set up in ${((Date.now() - started) / 1000).toFixed(1)} s. For pulumi in this shell: eval "$(${env})"`,
	);
}

/** One part of the set-up: shows what `work` reports while it goes on, and then the line that it returns. */
function part(title: string, work: (report: Report) => Promise<string>) {
	return {
		// Without a terminal there is nothing to replace, and one line for each part is enough.
		...(process.stdout.isTTY ? { title } : {}),
		task: async (
			_context: unknown,
			task: Pick<ListrTaskWrapper<unknown, never, never>, "output" | "title">,
		) => {
			try {
				task.title = await work((line) => {
					task.output = line;
				});
			} catch (error) {
				task.title = title;
				throw new PartFailed("see below", { cause: error });
			}
		},
	};
}

/** Keeps the progress display from showing the whole error, which comes after it. */
class PartFailed extends Error {}

function pluginList({ source }: Toolchain): string {
	const names = plugins.map(
		([name, version]) => `${name} ${version}${source === "go" && name === "command" ? " (stand-in)" : ""}`,
	);
	return `plugins ${names.join(", ")}`;
}

async function main(): Promise<void> {
	new Command("scripts/setup").description(description).addHelpText("after", environmentHelp).parse();
	try {
		await setUp();
	} catch (caught) {
		const error = caught instanceof PartFailed ? caught.cause : caught;
		process.exitCode = 1;
		console.error(isProblem(error) ? `\nsetup: ${error.message}` : error);
	}
}

void main();
