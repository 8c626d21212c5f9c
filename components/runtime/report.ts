/** Where a step says what it is doing; on the stack it becomes Pulumi's log, in tests an array. */
export interface Reporter {
	info(message: string): void;
	warn(message: string): void;
	/** What goes on at this moment; the next one takes its place. Unset: nobody looks on. */
	status?(message: string): void;
}

/** A failure that is the person's to read: its message is whole and needs no stack trace. */
export class StepError extends Error {
	override readonly name = "StepError";
}

/** One after which the old color has all traffic again. */
export class MovedBackError extends StepError {}

/** "4.2 s", "350 ms". */
export function durationText(ms: number): string {
	return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** Text from elsewhere (a body, log lines), cut to `limit` characters and indented for an error message. */
export function excerpt(text: string, limit: number): string {
	const flat = text.trim();
	return flat.length > limit ? `${flat.slice(0, limit)} … (${flat.length} characters)` : flat;
}

export function indented(lines: readonly string[]): string {
	return lines.map((line) => `    ${line}`).join("\n");
}

export function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

/** Runs `work` and tells how long it took, in ms. */
export async function timed<T>(work: () => Promise<T>): Promise<{ value: T; durationMs: number }> {
	const start = performance.now();
	const value = await work();
	return { value, durationMs: Math.round(performance.now() - start) };
}

export function sleep(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
