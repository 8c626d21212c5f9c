import { type RunOptions, run } from "../../lib/run";

/** What a command took. */
export interface Timed {
	durationMs: number;
	/** Processor time, user and system, of the command and of all that it started and waited for. */
	cpuMs: number;
}

/** Runs a command to its end; its output goes nowhere unless it fails. @throws Problem with what it said last. */
export async function timed(command: string, args: readonly string[], options: RunOptions): Promise<Timed> {
	// Node does not tell what its children have used; every shell does.
	const script = '"$@" >&2; code=$?; times; exit $code';
	const began = performance.now();
	const stdout = await run("sh", ["-c", script, "sh", command, ...args], options);
	return { durationMs: performance.now() - began, cpuMs: childrenMs(stdout) };
}

/** @param text What `times` prints: a line for the shell, and one for its children, user and system as `1m2.5s`. */
export function childrenMs(text: string): number {
	const found = text
		.split("\n")
		.at(1)
		?.match(/^(\d+)m([\d.]+)s (\d+)m([\d.]+)s$/);
	if (!found) throw new Error(`the shell's times cannot be read: ${text}`);
	const [userMin, userS, systemMin, systemS] = found.slice(1).map(Number) as [number, number, number, number];
	return (60 * (userMin + systemMin) + userS + systemS) * 1000;
}
