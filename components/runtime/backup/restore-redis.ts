import { peekFile } from "../docker/peek";
import { excerpt, messageOf, StepError, sleep } from "../report";
import { field, readSnapshot, redisCli } from "./redis";
import type { Fill } from "./restore";
import type { Worker } from "./worker";

const START_MS = 120_000;
const STOP_MS = 60_000;
const USERS = "users.acl";

/**
 * Restores a snapshot of Redis. With `appendonly yes` Redis reads its log alone at the start, and passes a snapshot over: so a
 * server without a log reads it, and then writes the log that the database will start from. The snapshot stays beside it, for
 * a database that was told to go without a log.
 */
export const fillRedis: Fill = async (_engine, worker, inputs, source, { path }, report) => {
	report.info("reading the whole snapshot");
	const wanted = await readSnapshot(worker, path);
	await worker.run(["cp", path, `${source.dataPath}/dump.rdb`]);

	report.info(`loading ${wanted.keys ?? 0} keys`);
	const options = ["--dir", source.dataPath, "--dbfilename", "dump.rdb", "--bind", "127.0.0.1", "--save", ""];
	let ended: string | undefined;
	void worker.try(["docker-entrypoint.sh", "redis-server", ...options, "--appendonly", "no"]).then(
		({ stdout, stderr }) => {
			ended = stderr.trim() || stdout.trim();
		},
		(error: unknown) => {
			ended = messageOf(error);
		},
	);
	const run = await redisCli(worker, "");
	const until = async (what: string, probe: () => Promise<boolean>) => {
		for (const end = Date.now() + START_MS; Date.now() < end; await sleep(200)) {
			if (await probe().catch(() => false)) return;
			if (ended !== undefined) throw new StepError(`Redis ended: ${excerpt(ended, 2_000)}`);
		}
		throw new StepError(`Redis has not ${what} within ${START_MS / 1_000} s`);
	};
	await until("loaded the snapshot", async () => (await run(["PING"])).trim() === "PONG");
	const keys = keysIn(await run(["INFO", "keyspace"]));
	const { keys: all = 0, expiring = 0 } = wanted;
	// Those whose time has come meanwhile are gone.
	if (keys > all || keys < all - expiring) {
		throw new StepError(
			`not every key was restored: ${all} in the backup (${expiring} with an end), ${keys} restored`,
		);
	}
	await keepUsers(worker, inputs.container, source.dataPath);
	await run(["CONFIG", "SET", "appendonly", "yes"]);
	await until("written its log", async () => {
		const info = await run(["INFO", "persistence"]);
		const rewriting = field(info, "aof_rewrite_in_progress") + field(info, "aof_rewrite_scheduled");
		return rewriting === "00" && field(info, "aof_last_bgrewrite_status") === "ok";
	});
	await run(["SHUTDOWN"]).catch(() => undefined);
	for (const end = Date.now() + STOP_MS; ended === undefined; await sleep(100)) {
		if (Date.now() > end) throw new StepError(`Redis has not ended within ${STOP_MS / 1_000} s`);
	}
	return { keys };
};

/** Users are on the data volume, if there are any, and no part of a snapshot: they stay as they are now. */
async function keepUsers(worker: Worker, container: string, dataPath: string): Promise<void> {
	const users = await peekFile(container, `${dataPath}/${USERS}`);
	if (users === undefined) return;
	const file = await worker.secret(USERS, users);
	// As Redis's own, which it may have to write.
	await worker.sh('cp "$1" "$2" && chown "$(stat -c %u:%g "$3")" "$2"', [
		file,
		`${dataPath}/${USERS}`,
		dataPath,
	]);
}

/** Of all numbered databases: "db0:keys=3,expires=0,avg_ttl=0". */
function keysIn(info: string): number {
	return [...info.matchAll(/^db\d+:keys=(\d+)/gm)].reduce((sum, [, keys]) => sum + Number(keys), 0);
}
