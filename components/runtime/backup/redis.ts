import { peekFile } from "../docker/peek";
import { excerpt, StepError } from "../report";
import type { Dumper } from "./dumper";
import type { Worker } from "./worker";

/** Where the password stands where users have a file of their own. */
const PASSWORD_FILE = "/run/secrets/redis-password";

/** The password of the user `default`, from the container's files; empty where there is none. */
export async function redisPassword(container: string, command: readonly string[]): Promise<string> {
	const file = command.find((argument) => argument.endsWith(".conf"));
	const text = file === undefined ? undefined : await peekFile(container, file);
	const alone = await peekFile(container, PASSWORD_FILE);
	if (alone !== undefined) return alone.trim();
	return /^\s*requirepass\s+"?([^"\s]+)"?\s*$/m.exec(text ?? "")?.[1] ?? "";
}

export async function redisDumper(worker: Worker, password: string): Promise<Dumper> {
	const run = await redisCli(worker, password);
	return {
		async measure() {
			const info = await run(["INFO"]);
			return { bytes: Number(field(info, "used_memory")), serverVersion: field(info, "redis_version") };
		},
		async dump(path) {
			// Redis writes a snapshot for it as for a replica; it goes on serving meanwhile.
			await run(["--rdb", path]);
			await worker.run(["sync", path]);
		},
		verify: (path) => readSnapshot(worker, path),
	};
}

/** `redis-cli` on the database's loopback; the password is on no command line. */
export async function redisCli(
	worker: Worker,
	password: string,
): Promise<(command: readonly string[]) => Promise<string>> {
	const file = await worker.secret("redis", password);
	const script = `p=$(cat "$1"); shift; [ -z "$p" ] || export REDISCLI_AUTH="$p"; exec redis-cli -h 127.0.0.1 "$@"`;
	return async (command) => {
		const said = await worker.sh(script, [file, ...command]);
		// An answer that is an error leaves the exit code at 0.
		if (/^(NOAUTH|WRONGPASS|NOPERM|ERR|LOADING|MISCONF)\b/.test(said)) throw new StepError(said.trim());
		return said;
	};
}

export function field(info: string, name: string): string {
	return new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] ?? "";
}

/** Reads a whole snapshot. @returns how many keys are in it, and how many of them have a time at which they go. */
export async function readSnapshot(worker: Worker, path: string): Promise<Record<string, number>> {
	const { exitCode, stdout, stderr } = await worker.try(["redis-check-rdb", path]);
	const keys = /(\d+) keys read/.exec(stdout)?.[1];
	if (exitCode !== 0 || keys === undefined) {
		throw new StepError(
			`it cannot be read as a snapshot of Redis: ${excerpt(stderr.trim() || stdout.trim(), 1_000)}`,
		);
	}
	return { keys: Number(keys), expiring: Number(/(\d+) expires/.exec(stdout)?.[1] ?? 0) };
}
