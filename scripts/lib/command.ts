import { createInterface } from "node:readline/promises";
import { Command, CommanderError } from "commander";
import { isProblem, Problem } from "./problem";

/** What the exit code of a command says to a script. */
export const EXIT = {
	done: 0,
	/** It did not come to its end; something may have been changed. */
	failed: 1,
	/** The words on the command line are wrong; nothing was looked at. */
	wrongUse: 2,
	/** Nothing was changed: there is nothing to do, it is refused, or the person said no. */
	unchanged: 3,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Nothing was changed, and the message says why. */
export class Unchanged extends Problem {
	override name = "UnchangedProblem";
}

/** Options that every command about a stack has. */
export interface StackOptions {
	readonly stack?: string;
}

/** A command for a person: name, description, `--stack`, and 2 as the exit code of words that it does not know. */
export function stackCommand(name: string, description: string): Command {
	return new Command()
		.name(`npm run ${name} --`)
		.description(description)
		.option("--stack <name>", "the stack; unset: the one that is selected")
		.exitOverride();
}

/** Runs it with the words of this process, and tells what went wrong by text and exit code. */
export function runCommand(command: Command): void {
	command.parseAsync().catch(reportError);
}

/** What went wrong, for the person at the keyboard. */
export function reportError(error: unknown): void {
	process.exitCode = exitCodeOf(error);
	// Commander has said it, or shown the help.
	if (error instanceof CommanderError) return;
	console.error(isReadable(error) ? `\n${error.message}` : error);
}

/** @returns whether an error is a text for people, without a stack trace. */
export function isReadable(error: unknown): error is Error {
	return isProblem(error) || (error instanceof Error && error.name === "StepError");
}

export function exitCodeOf(error: unknown): ExitCode {
	if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
	return error instanceof Unchanged ? EXIT.unchanged : EXIT.failed;
}

/**
 * Asks whether to go on. Only "y" and "yes" are a yes; the end of the input and ^C are a no.
 *
 * @param output Where the question is shown. Default: standard output.
 * @throws Problem where there is no terminal to ask at.
 */
export async function agreed(output: NodeJS.WritableStream = process.stdout): Promise<boolean> {
	if (!process.stdin.isTTY)
		throw new Unchanged("Nobody can be asked here. Nothing was changed. Next: the same with --yes");
	const terminal = createInterface({ input: process.stdin, output });
	try {
		const closed = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
		terminal.once("SIGINT", () => terminal.close());
		const answer = await Promise.race([terminal.question("Go on? (yes/no) "), closed]);
		return /^y(es)?$/i.test(answer.trim());
	} finally {
		terminal.close();
	}
}

let interrupt: AbortController | undefined;

/** Aborted by ^C, so that what was begun is removed; a second ^C ends the command at once. */
export function onInterrupt(): AbortSignal {
	if (interrupt === undefined) {
		const controller = new AbortController();
		interrupt = controller;
		for (const signal of ["SIGINT", "SIGTERM"] as const) {
			process.on(signal, () => {
				if (controller.signal.aborted) process.exit(130);
				controller.abort();
			});
		}
	}
	return interrupt.signal;
}

/** For `--help`. */
export const EXIT_HELP = `
Exit code: ${EXIT.done} done; ${EXIT.failed} failed, something may have been changed; ${EXIT.wrongUse} wrong use; ${EXIT.unchanged} nothing was changed: nothing to do, refused, or no.`;
