import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import type { z } from "zod";
import { proxyName, stackPrefix } from "../../components/plan/names";
import type { settings } from "../../components/settings/schema";
import type { LastCutover } from "../demo/pulumi";
import { projectFolder, toolEnvironment } from "../lib/environment";
import { type RunOptions, run } from "../lib/run";
import { projectName } from "../set-up/state";
import { type Host, STACK_PREFIX } from "./host";
import { type Stage, stagesOf, type TimedLine } from "./measure/stages";
import { type Timed, timed } from "./measure/timed";

type StackSettings = z.input<typeof settings>;

/** One `pulumi up`. */
export interface UpRun {
	durationMs: number;
	/** In order; together they are the whole. */
	stages: Stage[];
}

/** A real stack of this project's own program, as a person has it, with its state in a temporary folder. */
export class BenchStack {
	readonly name: string;
	/** The container names begin with it. */
	readonly prefix: string;
	readonly proxy: string;
	private readonly settingsFile: string;
	private readonly env: NodeJS.ProcessEnv;
	private salt = "";

	/**
	 * @param what becomes part of the stack's name.
	 * @param settings may be changed at any time; the next `up` takes them as they then are.
	 */
	constructor(
		private readonly host: Host,
		what: string,
		readonly settings: StackSettings,
	) {
		this.name = `${STACK_PREFIX}${what}`;
		this.prefix = stackPrefix(projectName(projectFolder), this.name);
		this.proxy = proxyName(this.prefix);
		this.settingsFile = path.join(projectFolder, `Pulumi.${this.name}.yaml`);
		const state = path.join(host.folder, `state-${what}`);
		mkdirSync(state);
		this.env = {
			...toolEnvironment(),
			PULUMI_BACKEND_URL: `file://${state}`,
			// For a stack that lives for minutes, on data that nobody keeps.
			PULUMI_CONFIG_PASSPHRASE: "benchmark",
			PULUMI_CONFIG_PASSPHRASE_FILE: "",
		};
	}

	get url(): string {
		return `http://127.0.0.1:${this.settings.proxy?.httpPort}`;
	}

	/** `pulumi stack init`. */
	async init(): Promise<void> {
		rmSync(this.settingsFile, { force: true });
		await this.pulumi("stack", "init", this.name, "--no-select");
		const made = parse(readFileSync(this.settingsFile, "utf8")) as { encryptionsalt: string };
		this.salt = made.encryptionsalt;
	}

	/** `pulumi up --yes` with the settings as they are now. @throws Problem with what Pulumi said. */
	async up(): Promise<UpRun> {
		this.writeSettings();
		const lines: TimedLine[] = [];
		const began = performance.now();
		await this.pulumiLines((text) => lines.push({ atMs: performance.now() - began, text }), "up", "--yes");
		const durationMs = performance.now() - began;
		return { durationMs, stages: stagesOf(lines, durationMs) };
	}

	/** As `up`, with the processor time instead of the stages. */
	async timedUp(): Promise<Timed> {
		this.writeSettings();
		return timed("pulumi", ["up", "--yes", "--stack", this.name, "--non-interactive"], this.options("up"));
	}

	/** The stages of the last cutover, as the stack's outputs have them. */
	async lastCutover(): Promise<LastCutover> {
		return JSON.parse(await this.pulumi("stack", "output", "lastCutover", "--json", "--stack", this.name));
	}

	/** Removes the containers and forgets the stack; the databases are protected against `pulumi destroy`. */
	async remove(): Promise<void> {
		await this.host.removeStack(this.name);
		rmSync(this.settingsFile, { force: true });
	}

	private writeSettings(): void {
		const project = projectName(projectFolder);
		const config = Object.entries(this.settings).map(([key, value]) => [`${project}:${key}`, value]);
		const content = { encryptionsalt: this.salt, config: Object.fromEntries(config) };
		writeFileSync(this.settingsFile, stringify(content));
	}

	private pulumi(...args: string[]): Promise<string> {
		return this.pulumiWith({}, ...args);
	}

	private pulumiLines(onLine: (line: string) => void, ...args: string[]): Promise<string> {
		return this.pulumiWith({ onLine }, ...args, "--stack", this.name);
	}

	private pulumiWith(options: { onLine?: (line: string) => void }, ...args: string[]): Promise<string> {
		return run("pulumi", [...args, "--non-interactive"], {
			...options,
			...this.options(args[0] ?? ""),
		});
	}

	private options(command: string): RunOptions {
		return {
			what: `pulumi ${command}`,
			cwd: projectFolder,
			env: this.env,
			timeoutMs: 600_000,
			signal: this.host.signal,
		};
	}
}
