import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type EngineEvent, LocalWorkspace, type Stack, type UpResult } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { LABEL } from "../../../components/plan/names";
import type { Color } from "../../../components/settings/schema";
import { projectFolder, toolEnvironment } from "../../../scripts/lib/environment";
import { engine } from "./docker";

export interface UpOutcome {
	/** Whole output of the command, as a person would read it. */
	readonly text: string;
	readonly failed: boolean;
	/** Counts by operation: create, update, same, replace, delete. */
	readonly changes: Readonly<Record<string, number>>;
	/** Operations on resources in the order in which they ended: "create shop-…-blue-web-1". */
	readonly steps: readonly string[];
	readonly durationMs: number;
}

/** @throws Error with all that the person read, where the command failed. */
export function assertSucceeded({ failed, text }: UpOutcome): void {
	if (failed) throw new Error(`the command failed:\n${text}`);
}

/** A real stack of this program on the real Engine, with a state folder of its own. */
export class TestStack {
	readonly prefix: string;

	private constructor(
		readonly name: string,
		readonly port: number,
		readonly stack: Stack,
		private readonly stateFolder: string,
	) {
		this.prefix = `shop-${name}`;
	}

	/** Settings of the local stack, on a free port. */
	static async create(name: string): Promise<TestStack> {
		const port = await freePort();
		const settings = parse(readFileSync(path.join(projectFolder, "Pulumi.local.yaml"), "utf8")) as {
			config: Record<string, unknown>;
			encryptionsalt?: string;
		};
		delete settings.encryptionsalt;
		const local = settings.config["shop:proxy"] as object;
		settings.config["shop:proxy"] = { ...local, httpPort: port };
		const services = settings.config["shop:services"] as Record<string, { warmUp?: object; health?: object }>;
		// Seconds in every release, of which only the tests of these things themselves are to take notice.
		delete services.web?.warmUp;
		if (services.worker) services.worker.health = { staysUp: "1s" };
		settings.config["shop:activeColor"] = "blue";
		settings.config["shop:colors"] = { blue: { version: "1.0.0" } };
		settings.config["shop:health"] = { deadline: "20s", interval: "100ms" };
		writeFileSync(configFile(name), stringify(settings));
		// A run that was killed has left its containers, and its state is in no folder that this one knows.
		await removeLeftovers(name);
		const stateFolder = mkdtempSync(path.join(tmpdir(), "blue-green-e2e-"));
		const environment = toolEnvironment();
		// The Automation API looks for the CLI in this process's own PATH.
		process.env.PATH = environment.PATH;
		const stack = await LocalWorkspace.createOrSelectStack(
			{ stackName: name, workDir: projectFolder },
			{
				envVars: {
					...definedOnly(environment),
					PULUMI_BACKEND_URL: `file://${stateFolder}`,
					PULUMI_CONFIG_PASSPHRASE: "end-to-end",
					PULUMI_CONFIG_PASSPHRASE_FILE: "",
				},
			},
		);
		return new TestStack(name, port, stack, stateFolder);
	}

	get url(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	container(name: string): string {
		return `${this.prefix}-${name}`;
	}

	/** `pulumi config set --path <path> <value>`. */
	async set(setting: string, value: string): Promise<void> {
		await this.stack.setConfig(setting, { value }, setting.includes("."));
	}

	/** A group of settings as a whole. */
	configure(setting: string, value: unknown): void {
		const settings = this.settingsFile();
		settings.config[`shop:${setting}`] = value;
		writeFileSync(configFile(this.name), stringify(settings));
	}

	/** A group of settings as a whole, as it stands in the file. */
	read(setting: string): Record<string, unknown> {
		return this.settingsFile().config[`shop:${setting}`] as Record<string, unknown>;
	}

	private settingsFile(): { config: Record<string, unknown> } {
		return parse(readFileSync(configFile(this.name), "utf8")) as { config: Record<string, unknown> };
	}

	/** One setting, by its path. */
	async get(setting: string): Promise<string> {
		return (await this.stack.getConfig(setting, true)).value;
	}

	async remove(setting: string): Promise<void> {
		await this.stack.removeConfig(setting, setting.includes("."));
	}

	/**
	 * `pulumi up`; a failing one is an outcome, not an error.
	 *
	 * @param onSwitch called when the cutover reports that traffic has moved.
	 * @param onMessage called with all that the resources report.
	 */
	async up(onSwitch?: () => void, onMessage?: (message: string) => void): Promise<UpOutcome> {
		return this.run((onOutput, onEvent) =>
			this.stack.up({
				onOutput,
				onEvent: (event) => {
					onEvent(event);
					const message = event.diagnosticEvent?.message ?? "";
					if (message.includes("cutover: traffic:")) onSwitch?.();
					onMessage?.(message);
				},
			}),
		);
	}

	async refresh(): Promise<UpOutcome> {
		return this.run((onOutput, onEvent) => this.stack.refresh({ onOutput, onEvent }));
	}

	async preview(): Promise<string> {
		const { stdout, stderr } = await this.stack.preview({ diff: true });
		return stdout + stderr;
	}

	async outputs(): Promise<Record<string, unknown>> {
		const all = await this.stack.outputs();
		return Object.fromEntries(Object.entries(all).map(([key, { value }]) => [key, value]));
	}

	/** All that the state says of the cutover; the stack's outputs are a part of it. */
	async cutoverState(): Promise<Record<string, unknown>> {
		const { deployment } = await this.stack.exportStack();
		const { resources } = deployment as { resources: { urn: string; outputs?: Record<string, unknown> }[] };
		return resources.find(({ urn }) => urn.endsWith("-cutover"))?.outputs ?? {};
	}

	/** All files of the state folder, backups and history among them: text by path. */
	async stateFiles(): Promise<Record<string, string>> {
		const entries = await readdir(this.stateFolder, { recursive: true, withFileTypes: true });
		const files = entries
			.filter((entry) => entry.isFile())
			.map((entry) => path.join(entry.parentPath, entry.name));
		return Object.fromEntries(files.map((file) => [file, readFileSync(file, "utf8")]));
	}

	/** What the proxy answers a visitor. */
	async version(): Promise<{ color: Color; version: string }> {
		const response = await fetch(`${this.url}/version`);
		return (await response.json()) as { color: Color; version: string };
	}

	/** `pulumi destroy` of everything, databases included, as the README says. */
	async destroy(): Promise<void> {
		await execa("pulumi", ["state", "unprotect", "--all", "--yes", "--stack", this.name], {
			cwd: projectFolder,
			env: this.stack.workspace.envVars,
		});
		await this.stack.destroy();
	}

	/** Containers, networks and volumes that carry the stack's label. */
	async leftovers(): Promise<string[]> {
		const { containers, networks, volumes } = await onHost(this.name);
		return [
			...containers.flatMap(({ Names }) => Names),
			...networks.map(({ Name }) => Name),
			...volumes.map(({ Name }) => Name),
		];
	}

	/** For afterAll: destroys what is left, whatever the tests did, and forgets the stack. */
	async dispose(): Promise<void> {
		await this.stack.cancel().catch(() => undefined);
		await this.destroy().catch((error: unknown) => console.error("destroy after the tests:", error));
		await removeLeftovers(this.name);
		rmSync(this.stateFolder, { recursive: true, force: true });
		rmSync(configFile(this.name), { force: true });
	}

	private async run(
		operation: (
			onOutput: (text: string) => void,
			onEvent: (event: EngineEvent) => void,
		) => Promise<Pick<UpResult, "summary" | "stdout">>,
	): Promise<UpOutcome> {
		let text = "";
		const steps: string[] = [];
		let previewing = true;
		let changes: Record<string, number> = {};
		const start = performance.now();
		const failed = await operation(
			(part) => {
				text += part;
			},
			({ preludeEvent, resOutputsEvent, summaryEvent }) => {
				// One `up` is a preview and then the update; each begins with a prelude and ends with a summary.
				if (preludeEvent) steps.length = 0;
				if (summaryEvent) {
					changes = summaryEvent.resourceChanges as Record<string, number>;
					previewing = false;
				}
				const metadata = resOutputsEvent?.metadata;
				// Default providers come and go with the first thing that needs them; no person sees them.
				if (metadata && metadata.op !== "same" && !metadata.type.startsWith("pulumi:providers:"))
					steps.push(`${metadata.op} ${metadata.urn.split("::").at(-1)}`);
			},
		).then(
			() => false,
			(error: Error) => {
				text += error.message;
				return true;
			},
		);
		if (previewing && !failed) throw new Error(`no summary was seen:\n${text}`);
		return { text, failed, changes, steps, durationMs: Math.round(performance.now() - start) };
	}
}

async function removeLeftovers(stack: string): Promise<void> {
	const { containers, networks, volumes } = await onHost(stack);
	for (const { Id } of containers) await engine.api.getContainer(Id).remove({ force: true, v: true });
	for (const { Id } of networks) await engine.api.getNetwork(Id).remove();
	for (const { Name } of volumes) await engine.api.getVolume(Name).remove();
}

/** All that carries the stack's label on the Docker host. */
async function onHost(stack: string) {
	const filters = { label: [`${LABEL.stack}=shop/${stack}`] };
	const [containers, networks, { Volumes: volumes }] = await Promise.all([
		engine.api.listContainers({ all: true, filters }),
		engine.api.listNetworks({ filters }),
		engine.api.listVolumes({ filters }),
	]);
	return { containers, networks, volumes: volumes ?? [] };
}

function configFile(stack: string): string {
	return path.join(projectFolder, `Pulumi.${stack}.yaml`);
}

function definedOnly(environment: NodeJS.ProcessEnv): Record<string, string> {
	return Object.fromEntries(
		Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
	);
}

/**
 * A port of 127.0.0.1 that nothing listens on. Not one that the system chooses: those are also the client ends of connections,
 * and with load on the machine one of them may take it before the proxy does.
 */
export async function freePort(): Promise<number> {
	for (let attempt = 1; ; attempt++) {
		const port = 20_000 + Math.floor(Math.random() * 10_000);
		try {
			return await listenOnce(port);
		} catch (error) {
			if (attempt === 50) throw error;
		}
	}
}

function listenOnce(port: number): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once("error", reject);
		server.listen(port, "127.0.0.1", () => server.close(() => resolve(port)));
	});
}
