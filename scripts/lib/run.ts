import { Problem } from "./problem";

export interface RunOptions {
	/** What the command is for, as the start of a sentence: "installing the docker plugin". */
	what: string;
	/** How long it may take, in milliseconds. Default: one minute. */
	timeoutMs?: number;
	cwd?: string;
	/** The whole environment, not additions to it. Default: this process's. */
	env?: NodeJS.ProcessEnv;
	/** Is given each line of standard output and standard error as it comes. */
	onLine?: (line: string) => void;
	/** What the person can do when it fails: one or more lines. */
	next?: string;
	/** Ends the program early. */
	signal?: AbortSignal;
}

/**
 * Runs a program to its end, without a shell and without standard input.
 *
 * @returns its standard output, without the last newline. Throws Problem with the last lines that it said when it
 * cannot be started, exits with another code than 0, or takes longer than `timeoutMs`.
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
	const { what, timeoutMs = 60_000, cwd, env = process.env, onLine, next, signal } = options;
	// Not a plain import: execa cannot be loaded by require(), which is what that would become.
	const { execa } = await import("execa");
	const child = execa(command, args, {
		...(cwd === undefined ? {} : { cwd }),
		...(signal === undefined ? {} : { cancelSignal: signal }),
		env,
		extendEnv: false,
		stdin: "ignore",
		all: true,
		timeout: timeoutMs,
		reject: false,
	});
	if (onLine) for await (const line of child.iterable({ from: "all" })) onLine(line);
	const result = await child;
	if (!result.failed) return result.stdout;
	const reason = result.isCanceled
		? "was interrupted"
		: result.timedOut
			? `took longer than ${timeoutMs / 1000} s and was stopped`
			: result.exitCode === undefined
				? `could not run: ${result.originalMessage ?? result.shortMessage}`
				: `failed with exit code ${result.exitCode}`;
	throw new Problem(
		[`${what}: \`${[command, ...args].join(" ")}\` ${reason}`, ...lastLines(result.all ?? ""), next ?? []]
			.flat()
			.join("\n"),
	);
}

/** @returns the last lines of a text that say something, indented; at most `count`. */
export function lastLines(text: string, count = 15): string[] {
	const lines = text.split("\n").filter((line) => line.trim() !== "");
	return lines.slice(-count).map((line) => `  ${line.trimEnd()}`);
}
