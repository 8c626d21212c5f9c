import { spawn } from "node:child_process";
import { messageOf, StepError } from "../report";

/** From SIGTERM to SIGKILL. */
const GRACE_MS = 3_000;
/** Longest wait for the rest of the output when the program has ended. */
const LET_GO_MS = 1_000;
/** Of what a command prints only the end is shown. */
const KEPT_CHARACTERS = 16_384;

export interface Ended {
	/** Unset: a signal ended it. */
	readonly exitCode?: number;
	/** The end of what it printed, both streams in the order in which it came. */
	readonly output: string;
}

/**
 * Runs a program on this machine, in the folder of this process, with all that it starts: when it ends, or its time is over,
 * or this process ends, its whole process group ends.
 *
 * Not a resource of @pulumi/command: what a command says decides whether traffic moves, or moves back, in the middle of the
 * cutover, and a resource can only come before or after it.
 *
 * @throws StepError where it cannot be started, or has not ended by the deadline; with the end of its output.
 */
export function runLocally(
	[program = "", ...args]: readonly string[],
	env: Readonly<Record<string, string>>,
	deadlineMs: number,
): Promise<Ended> {
	return new Promise((resolve, reject) => {
		let output = "";
		let overdue = false;
		const child = spawn(program, args, {
			// Of its own group, so that what it starts can be ended with it.
			detached: true,
			env: { ...ownEnvironment(), ...env },
			stdio: ["ignore", "pipe", "pipe"],
		});
		const signal = (name: NodeJS.Signals) => {
			try {
				if (child.pid !== undefined) process.kill(-child.pid, name);
			} catch {
				// There is none of the group any more.
			}
		};
		const abandon = () => signal("SIGKILL");
		// A Pulumi that is killed ends this process, and nothing is to go on in its name.
		process.once("exit", abandon);
		const timers = [
			setTimeout(() => {
				overdue = true;
				signal("SIGTERM");
			}, deadlineMs),
			setTimeout(abandon, deadlineMs + GRACE_MS),
		];
		const finish = () => {
			for (const timer of timers) clearTimeout(timer);
			process.off("exit", abandon);
		};
		for (const stream of [child.stdout, child.stderr])
			stream.setEncoding("utf8").on("data", (text: string) => {
				output = (output + text).slice(-KEPT_CHARACTERS);
			});
		child.once("error", (error) => {
			finish();
			reject(new StepError(`cannot be started: ${messageOf(error)}`));
		});
		child.once("exit", () => {
			// What it left running is not to go on after the check; of what has left the group, the output is let go.
			abandon();
			timers.push(
				setTimeout(() => [child.stdout, child.stderr].map((stream) => stream.destroy()), LET_GO_MS),
			);
		});
		child.once("close", (exitCode) => {
			finish();
			if (overdue) reject(new Overdue(output));
			else resolve({ ...(exitCode !== null && { exitCode }), output });
		});
	});
}

/** A command whose time was over; its message is for the caller to make. */
export class Overdue extends Error {
	constructor(readonly output: string) {
		super("has not ended in time");
	}
}

/** Without Pulumi's own variables, among which are the keys to the state. */
function ownEnvironment(): NodeJS.ProcessEnv {
	return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PULUMI_")));
}
