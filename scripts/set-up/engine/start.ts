import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Problem } from "../../lib/problem";
import { lastLines, run } from "../../lib/run";
import type { Report } from "../paths";
import { type Probe, probeEngine } from "./probe";

export interface StartOptions {
	/** Where the Engine's own output goes. */
	logFile: string;
	report: Report;
	/** How long it may take until it answers. Default: 60 s. */
	deadlineMs?: number;
	/** Arguments for dockerd. Default: none, that is the machine's own configuration. */
	args?: readonly string[];
	/** The socket that it will answer on. Default: DOCKER_HOST or the usual one. */
	socket?: string;
}

/** Folders that a root shell's PATH may lack; dockerd needs iptables from one of them too. */
const systemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];

/** @returns the path of an installed dockerd, if there is one. */
export function installedEngine(): string | undefined {
	return searchPath()
		.map((folder) => path.join(folder, "dockerd"))
		.find((file) => existsSync(file));
}

/**
 * Starts an installed Docker Engine and waits until it answers: with systemd where that runs the machine, else as a
 * process of its own that outlives this one.
 *
 * @throws Problem with the last lines of its log when it ends or does not answer in time.
 */
export async function startEngine(dockerd: string, options: StartOptions): Promise<{ version: string }> {
	const { logFile, report, deadlineMs = 60_000, args = [], socket } = options;
	if (
		args.length === 0 &&
		existsSync("/run/systemd/system") &&
		existsSync("/lib/systemd/system/docker.service")
	) {
		report("starting Docker Engine: systemctl start docker");
		await run("systemctl", ["start", "docker"], {
			what: "Starting Docker Engine",
			timeoutMs: deadlineMs,
			next: "See: systemctl status docker",
		});
		return answer(await waitForEngine(deadlineMs, undefined, socket), "systemctl status docker", []);
	}
	mkdirSync(path.dirname(logFile), { recursive: true });
	report(`starting Docker Engine (${dockerd}); its log: ${logFile}`);
	const log = openSync(logFile, "w");
	const child = spawn(dockerd, args, {
		detached: true,
		stdio: ["ignore", log, log],
		env: { ...process.env, PATH: searchPath().join(path.delimiter) },
	});
	child.unref();
	if (child.pid !== undefined) writeFileSync(startedEngineFile(logFile), String(child.pid));
	const probe = await waitForEngine(deadlineMs, child, socket);
	const said = lastLines(withoutChatter(readFileSync(logFile, "utf8")));
	// One that does not answer would be in the way of the next attempt.
	if (probe.failure !== undefined && child.exitCode === null) child.kill();
	return answer(probe, `cat ${logFile}`, said);
}

/** dockerd ends its log with how it shuts its parts down; why it does is above that. */
function withoutChatter(log: string): string {
	return log
		.split("\n")
		.filter((line) => !/\blevel=(debug|info)\b/.test(line))
		.join("\n");
}

function answer(probe: Probe, see: string, said: readonly string[]): { version: string } {
	if (probe.failure === undefined) return { version: probe.version };
	throw new Problem(
		[
			`Docker Engine did not start: ${probe.failure}`,
			...said,
			`See: ${see}; then run scripts/setup again.`,
		].join("\n"),
	);
}

/** Where the process id of an Engine that was started here is kept: such a one may be restarted by the tests. */
export function startedEngineFile(logFile: string): string {
	return logFile.replace(/(\.log)?$/, ".pid");
}

/** Asks until there is an answer, the process has ended, or the time is over. */
async function waitForEngine(deadlineMs: number, child?: ChildProcess, socket?: string): Promise<Probe> {
	const end = Date.now() + deadlineMs;
	let failedToRun: string | undefined;
	child?.once("error", ({ message }) => {
		failedToRun = message;
	});
	for (;;) {
		const probe = await probeEngine(socket, 2_000);
		if (probe.failure === undefined) return probe;
		if (failedToRun !== undefined) return { failure: failedToRun, code: undefined };
		if (child && (child.exitCode !== null || child.signalCode !== null)) {
			const how = child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`;
			return { failure: `dockerd ended with ${how}. It said:`, code: undefined };
		}
		if (Date.now() > end) {
			const waited = Math.round(deadlineMs / 1000);
			return { failure: `no answer within ${waited} s (last: ${probe.failure})`, code: probe.code };
		}
		await delay(200);
	}
}

function searchPath(): string[] {
	const own = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
	return [...own, ...systemFolders.filter((folder) => !own.includes(folder))];
}
