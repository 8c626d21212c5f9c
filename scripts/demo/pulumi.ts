import type { Result } from "execa";
import type { CutoverRecord, DrainRecord } from "../../components/runtime/steps";
import type { Color } from "../../components/settings/schema";
import { projectFolder, toolEnvironment } from "../lib/environment";
import { Problem } from "../lib/problem";

/** The stack that set-up makes. */
export const STACK = "local";

// execa is imported where it is used: it cannot be loaded by require(), which a plain import would become here.

const commandWithinMs = 15 * 60_000;
const queryWithinMs = 60_000;

/** The outputs of the stack that the demo reads; none before the first `up` that succeeded. */
export interface StackOutputs {
	url?: string;
	activeColor?: Color;
	activeVersion?: string;
	standbyColor?: Color;
	standbyVersion?: string;
	lastCutover?: LastCutover;
}

/** How the last cutover went, as the stack's state says. */
export type LastCutover = CutoverRecord & { drain?: DrainRecord };

/**
 * Prints a pulumi command and runs it as a person would: in the project, its output straight to the screen.
 * @throws Problem when it fails; Pulumi has then said why.
 */
export async function pulumi(...args: string[]): Promise<void> {
	console.log(`\n$ pulumi ${args.join(" ")}`);
	const { execa } = await import("execa");
	const run = await execa("pulumi", args, {
		cwd: projectFolder,
		env: toolEnvironment(),
		extendEnv: false,
		stdin: "ignore",
		stdout: "inherit",
		stderr: "inherit",
		reject: false,
		timeout: commandWithinMs,
	});
	if (!run.failed) return;
	const how = run.timedOut ? `was given up after ${commandWithinMs / 60_000} minutes` : reason(run);
	throw new Problem(`pulumi ${args[0]} ${how}. What it said is above.`);
}

/** What the stack's state says; empty for a stack that has nothing yet. */
export async function stackOutputs(): Promise<StackOutputs> {
	return (await query("stack", "output", "--json", "--stack", STACK)) as StackOutputs;
}

/** Names of all stacks in the backend, those of other projects too. */
export async function stackNames(): Promise<string[]> {
	const stacks = (await query("stack", "ls", "--all", "--json")) as Array<{ name: string }>;
	return stacks.map((stack) => stack.name);
}

async function query(...args: string[]): Promise<unknown> {
	const { execa } = await import("execa");
	const run = await execa("pulumi", args, {
		cwd: projectFolder,
		env: toolEnvironment(),
		extendEnv: false,
		stdin: "ignore",
		reject: false,
		timeout: queryWithinMs,
	});
	if (run.failed) throw new Problem(`pulumi ${args.join(" ")} ${reason(run)}:\n${run.stderr || run.stdout}`);
	return JSON.parse(run.stdout);
}

function reason(run: Pick<Result, "exitCode" | "signal" | "shortMessage">): string {
	if (run.exitCode !== undefined) return `failed (exit code ${run.exitCode})`;
	return run.signal ? `was ended by ${run.signal}` : `could not be started: ${run.shortMessage}`;
}
