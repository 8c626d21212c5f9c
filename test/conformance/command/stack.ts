import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	type Deployment,
	type DestroyOptions,
	type EngineEvent,
	LocalWorkspace,
	type OutputMap,
	type PulumiFn,
	type Stack,
	type UpOptions,
} from "@pulumi/pulumi/automation";
import { toolEnvironment } from "../../../scripts/lib/environment";

/** What one Pulumi operation did, as its engine events tell. */
export interface Outcome {
	/** The step of each command resource by name: "create", "same", "update", "delete", "create-replacement", … */
	steps: Record<string, string[]>;
	/** The lines that each command resource sent to the log, by name, and when they came (ms, as Date.now). */
	logged: Record<string, { line: string; at: number }[]>;
	/** The stack's outputs; empty after a preview or a destroy. */
	outputs: OutputMap;
}

/** A stack of its own in a temporary folder: file backend, inline programs, real CLI and plugin. */
export interface TestStack {
	/** A folder for the commands to work in. */
	folder: string;
	preview(program: PulumiFn): Promise<Outcome>;
	/** Rejects with what the CLI printed if the update fails. `signal` cancels it as ^C does. */
	up(program: PulumiFn, options?: Pick<UpOptions, "signal">): Promise<Outcome>;
	destroy(): Promise<Outcome>;
	/** The names of the command resources in the state. */
	resources(): Promise<string[]>;
	/** The state file as it lies on disk. */
	stateFile(): Promise<string>;
	/** The lines of a file in the folder; [] if there is none. Commands leave traces there. */
	lines(file: string): Promise<string[]>;
	/** Removes the stack, without running delete commands, and the folder. */
	dispose(): Promise<void>;
}

const project = "command-conformance";

/** Creates an empty stack. */
export async function createStack(): Promise<TestStack> {
	// The Automation API looks for the CLI on this process's PATH.
	Object.assign(process.env, toolEnvironment());
	const folder = await realpath(await mkdtemp(join(tmpdir(), "command-conformance-")));
	const stack = await LocalWorkspace.createStack(
		{ stackName: "test", projectName: project, program: async () => {} },
		{
			envVars: { PULUMI_BACKEND_URL: `file://${folder}`, PULUMI_CONFIG_PASSPHRASE: "conformance test" },
		},
	);
	return {
		folder,
		preview: (program) => observe((onEvent) => stack.preview({ program, onEvent })),
		up: (program, options) => observe((onEvent) => stack.up({ ...options, program, onEvent })),
		destroy: () => observe((onEvent) => stack.destroy({ onEvent } satisfies DestroyOptions)),
		resources: async () => commandNames(await stack.exportStack()),
		stateFile: () => readFile(join(folder, ".pulumi", "stacks", project, "test.json"), "utf8"),
		lines: (file) => readLines(join(folder, file)),
		dispose: () => dispose(stack, folder),
	};
}

async function observe(
	operation: (onEvent: (event: EngineEvent) => void) => Promise<object>,
): Promise<Outcome> {
	const outcome: Outcome = { steps: {}, logged: {}, outputs: {} };
	const result = await operation(({ resourcePreEvent, diagnosticEvent }) => {
		if (resourcePreEvent?.metadata.type === "command:local:Command") {
			const { urn, op } = resourcePreEvent.metadata;
			append(outcome.steps, nameOf(urn), op);
		}
		if (diagnosticEvent?.urn?.includes("command:local:Command")) {
			const line = withoutColors(diagnosticEvent.message);
			append(outcome.logged, nameOf(diagnosticEvent.urn), { line, at: Date.now() });
		}
	});
	return "outputs" in result ? { ...outcome, outputs: result.outputs as OutputMap } : outcome;
}

function append<T>(lists: Record<string, T[]>, name: string, item: T) {
	lists[name] = [...(lists[name] ?? []), item];
}

function commandNames({ deployment }: Deployment): string[] {
	const resources: { type: string; urn: string }[] = deployment.resources ?? [];
	return resources.filter(({ type }) => type === "command:local:Command").map(({ urn }) => nameOf(urn));
}

const nameOf = (urn: string) => urn.slice(urn.lastIndexOf("::") + 2);

const withoutColors = (message: string) => message.replace(/<\{%.*?%\}>/g, "").trimEnd();

async function readLines(file: string): Promise<string[]> {
	const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
		if (error.code === "ENOENT") return "";
		throw error;
	});
	return text === "" ? [] : text.trimEnd().split("\n");
}

async function dispose(stack: Stack, folder: string) {
	await rm(stack.workspace.workDir, { recursive: true, force: true });
	await rm(folder, { recursive: true, force: true });
}
