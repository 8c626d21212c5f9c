import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Problem } from "../lib/problem";
import type { Report } from "./paths";

/**
 * Runs an action while holding a lock, so that two set-ups at once do not do the same work or spoil each other's.
 *
 * The lock is the kernel's (flock), held by a child process that lives exactly as long as this one: it is free again
 * when the owner dies, however that happens, and there is no stale lock to detect or to delete.
 *
 * @param file its content says who holds it, for the message to those who wait. It stays there afterwards.
 * @param deadlineMs how long to wait for it. Default: one hour.
 * @param who would hold it, and the command that people run again. Default: the set-up.
 * @returns what the action returns. Throws Problem when the lock cannot be had in time.
 */
export async function withLock<T>(
	file: string,
	report: Report,
	action: () => Promise<T>,
	deadlineMs = 3_600_000,
	who: Who = { name: "set-up", command: "scripts/setup" },
): Promise<T> {
	mkdirSync(path.dirname(file), { recursive: true });
	// Detached: ^C must not free the lock before this process has ended. `cat` ends when its standard input closes.
	const holder = spawn("flock", [file, "sh", "-c", "echo held && exec cat"], {
		detached: true,
		stdio: ["pipe", "pipe", "ignore"],
	});
	try {
		await taken(holder, file, report, deadlineMs, who);
		writeFileSync(file, `process ${process.pid}, since ${new Date().toISOString()}\n`);
		return await action();
	} finally {
		release(holder);
	}
}

/** Ends when the holder has the lock; says so when that is not at once. */
function taken(
	holder: Holder,
	file: string,
	report: Report,
	deadlineMs: number,
	{ name, command }: Who,
): Promise<void> {
	return new Promise<void>((resolve, reject) => {
		const notice = setTimeout(() => report(`waiting for another ${name} to finish (${owner(file)})`), 500);
		const limit = setTimeout(() => {
			const waited = `still runs after ${Math.round(deadlineMs / 1000)} s`;
			settle(() =>
				reject(
					new Problem(
						`Another ${name} (${owner(file)}) ${waited}. See what it does, then run again: ${command}`,
					),
				),
			);
		}, deadlineMs);
		const settle = (outcome: () => void) => {
			clearTimeout(notice);
			clearTimeout(limit);
			outcome();
		};
		holder.stdout.once("data", () => settle(resolve));
		holder.once("error", ({ message }) =>
			settle(() => reject(new Problem(`No lock without flock (${message}): apt-get install util-linux`))),
		);
		holder.once("exit", () =>
			settle(() => reject(new Problem(`The lock ${file} cannot be taken: may you write that file?`))),
		);
	});
}

interface Who {
	name: string;
	command: string;
}

type Holder = ChildProcess & { stdin: NodeJS.WritableStream; stdout: NodeJS.ReadableStream };

function release(holder: Holder): void {
	holder.stdin.end();
	// Before it has the lock, flock does not read its standard input.
	holder.kill();
}

function owner(file: string): string {
	try {
		return readFileSync(file, "utf8").trim() || "unknown";
	} catch {
		return "unknown";
	}
}
