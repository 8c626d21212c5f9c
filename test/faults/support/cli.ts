import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { projectFolder } from "../../../scripts/lib/environment";
import type { TestStack } from "../../e2e/support/stack";

/** How a command ended, as the person who typed it sees it. */
export interface Ended {
	/** Null where a signal ended it. */
	readonly exitCode: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly text: string;
	readonly durationMs: number;
}

/** A `pulumi` command that runs, in a process group of its own as a shell starts it. */
export interface Running {
	readonly child: ChildProcess;
	readonly ended: Promise<Ended>;
	/** What it has printed so far. */
	text(): string;
}

/** Longest time for any command here; then it is killed, and its test fails by its exit code. */
const DEADLINE_MS = 240_000;

/** Starts the real CLI on a test's stack. */
export function startPulumi(shop: TestStack, ...args: string[]): Running {
	const start = performance.now();
	const child = spawn("pulumi", [...args, "--stack", shop.name, "--non-interactive", "--color", "never"], {
		cwd: projectFolder,
		env: { ...process.env, ...shop.stack.workspace.envVars },
		detached: true,
		stdio: ["ignore", "pipe", "pipe"],
	});
	let text = "";
	for (const stream of [child.stdout, child.stderr]) {
		stream?.setEncoding("utf8").on("data", (chunk: string) => {
			text += chunk;
		});
	}
	const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
	const ended = once(child, "exit").then(([exitCode, signal]) => {
		clearTimeout(timer);
		return { exitCode, signal, text, durationMs: Math.round(performance.now() - start) } as Ended;
	});
	return { child, ended, text: () => text };
}

/** Runs it to its end. */
export function pulumi(shop: TestStack, ...args: string[]): Promise<Ended> {
	return startPulumi(shop, ...args).ended;
}

/** `pulumi up` as a script would call it. */
export const UP = ["up", "--yes", "--skip-preview"] as const;

/** Ctrl-C, as a terminal sends it: to the whole process group. */
export function interrupt({ child }: Running): void {
	if (child.pid !== undefined) process.kill(-child.pid, "SIGINT");
}

/** Ends the CLI alone, at once; plugins live on for moments, as they do in real life. */
export function kill({ child }: Running): void {
	child.kill("SIGKILL");
}
