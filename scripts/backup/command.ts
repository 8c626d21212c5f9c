import { isProblem } from "../lib/problem";

/** What went wrong, for the person at the keyboard. */
export function reportError(error: unknown): void {
	process.exitCode = 1;
	const readable = isProblem(error) || (error instanceof Error && error.name === "StepError");
	console.error(readable ? `\n${error.message}` : error);
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
