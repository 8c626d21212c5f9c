/**
 * A load client for this machine's own servers: open loop, fixed rate, in a process of its own, and it never retries.
 *
 * Beside the mix at its fixed rate there may be long requests with a rate and connections of their own, and WebSockets
 * and event streams that are held through the whole load. Latency counts from the time a request was *due*, so a stall shows in every request that should have been sent
 * meanwhile. Whatever a user would have seen go wrong is a failed request: a connection error, an unexpected status, an
 * answer cut short or too late.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FromLoad, ToLoad } from "./messages";
import { checkOptions, type LoadOptions } from "./options";
import { readRecord } from "./record";
import { type LoadReport, summarize } from "./report";

export { firstFrom, lastFrom, type WrongColor, wrongColorAfter } from "./colors";
export type { LoadOptions } from "./options";
export { readRecord } from "./record";
export { type LoadReport, summarize, type WindowStats, windowStats } from "./report";
export type { StreamLife } from "./streams";
export { LONG_VISIT, MIXED_VISITS, VISITS } from "./visits";

/** A load that runs. */
export interface Load {
	/** Resolves with the first success; rejects, with the last failure, when there is none within 10 s. */
	ready: Promise<void>;
	/** Resolves when the load has ended, by `stop()` or by itself. */
	ended: Promise<void>;
	/** Puts a named time into the record. @returns milliseconds since the load began. */
	mark(name: string): Promise<number>;
	/**
	 * Ends the load, waits for the requests still due (at most their timeout) and reports.
	 * @throws Error when the load process died: a report with a hole is no report. The record is kept, its path is said.
	 */
	stop(): Promise<LoadReport>;
	/** Where the record is written as it happens; `summarize(readRecord(file))` reads it at any time. */
	file: string;
}

const readyWithinMs = 10_000;

/**
 * Starts a load. It ends by `stop()`, after `maxSeconds`, or when this process dies; in each case the record is whole.
 * @throws Error that lists what is wrong with the options, such as a target that is not on this machine.
 */
export function startLoad(options: LoadOptions): Load {
	const checked = checkOptions(options);
	const folder = checked.recordFile === undefined ? mkdtempSync(join(tmpdir(), "load-")) : undefined;
	const file = checked.recordFile ?? join(folder ?? "", "record.jsonl");
	const child = fork(join(__dirname, "child.ts"), [], {
		execArgv: ["--require", createRequire(__filename).resolve("tsx/cjs")],
		stdio: ["ignore", "ignore", "pipe", "ipc"],
	});
	const exited = exitOf(child);
	const marks = new Map<number, (atMs: number) => void>();
	child.on("message", (message: FromLoad) => {
		if (message.type === "marked") marks.get(message.id)?.(message.atMs);
	});
	const ready = waitUntilReady(child, exited, checked.url);
	// A caller may stop without ever looking at `ready`.
	ready.catch(() => {});
	tell(child, { type: "start", options: checked, file });

	let report: Promise<LoadReport> | undefined;
	const finish = async () => {
		tell(child, { type: "stop" });
		const problem = await exited;
		if (problem !== undefined)
			throw new Error(`The load process died: ${problem}\nIts record is kept: ${file}`);
		const result = summarize(readRecord(file));
		if (folder && result.failed === 0) rmSync(dirname(file), { recursive: true });
		return result;
	};
	return {
		file,
		ready,
		ended: exited.then(() => {}),
		mark: (name) => {
			const atEpochMs = Date.now();
			const id = marks.size;
			const marked = new Promise<number>((resolve) => marks.set(id, resolve));
			tell(child, { type: "mark", id, name, atEpochMs });
			const over = exited.then(() => {
				throw new Error(`"${name}" cannot be marked: the load has ended`);
			});
			return Promise.race([marked, over]);
		},
		stop: () => {
			report ??= finish();
			return report;
		},
	};
}

function tell(child: ChildProcess, message: ToLoad): void {
	// A load that has ended by itself has nothing more to be told; its exit says how it went.
	if (child.connected) child.send(message, () => {});
}

/** Resolves when the process is gone: undefined when it ended well, else what is known. */
function exitOf(child: ChildProcess): Promise<string | undefined> {
	let stderr = "";
	child.stderr?.on("data", (chunk) => {
		stderr += chunk;
	});
	return new Promise((resolve) => {
		child.on("error", (error) => resolve(error.message));
		child.on("close", (code, signal) => {
			const how = signal ? `ended by ${signal}` : `exit code ${code}`;
			resolve(code === 0 ? undefined : `${how}${stderr ? `\n${stderr.trimEnd()}` : ""}`);
		});
	});
}

async function waitUntilReady(child: ChildProcess, exited: Promise<unknown>, url: string): Promise<void> {
	let last = "no answer yet";
	let timer: NodeJS.Timeout | undefined;
	const first = new Promise<"ready">((resolve) => {
		child.on("message", (message: FromLoad) => {
			if (message.type === "ready") resolve("ready");
			else if (message.type === "failing") last = message.last;
		});
	});
	const tooLate = new Promise<"late">((resolve) => {
		timer = setTimeout(() => resolve("late"), readyWithinMs);
	});
	const what = await Promise.race([first, tooLate, exited.then(() => "ended")]);
	clearTimeout(timer);
	if (what === "ready") return;
	const when = what === "late" ? `within ${readyWithinMs / 1000} s` : "before the load ended";
	throw new Error(`No request to ${url} succeeded ${when}. Last seen: ${last}`);
}
