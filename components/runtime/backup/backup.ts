import { type BackupRecord, backupFile, sizeText } from "../../plan/backups";
import type { Engine } from "../docker/engine";
import { durationText, messageOf, type Reporter, StepError } from "../report";
import { withinDeadline } from "./deadline";
import type { Dumper } from "./dumper";
import { postgresDumper, postgresOwner } from "./postgres";
import { redisDumper, redisPassword } from "./redis";
import { type S3Access, S3Copies } from "./s3";
import { rolesOf, Store } from "./store";
import { type BackupStore, Worker } from "./worker";

/** One database, where its backups go, and for how long they are kept. Plain data. */
export interface BackupInputs {
	/** Label of the stack: "shop/prod". */
	readonly stack: string;
	/** Name of the database in the settings. */
	readonly database: string;
	readonly type: BackupRecord["type"];
	/** Name of the database's container. */
	readonly container: string;
	readonly store: BackupStore;
	/** What it is for: "expand", "contract", "on-demand"; becomes part of its name. */
	readonly reason: string;
	/** The version of the application that it is taken for. */
	readonly version?: string;
	readonly schemaVersion?: string;
	readonly keep: number;
	readonly keepForMs: number;
	readonly deadlineMs: number;
	/** Where each is copied to; it has the keys in it. */
	readonly s3?: S3Access;
}

/** How often it is said how far a backup is. */
const PROGRESS_MS = 5_000;

/**
 * Takes a backup: writes it under another name, reads it back as a restore would, and only then gives it its name. Older
 * ones that are beyond number and age go afterwards, so a backup that fails removes none.
 *
 * @param stop Ends it early; what there is of it is removed.
 * @throws StepError with the reason, and what to do; no half of a backup is left.
 */
export async function backUp(
	engine: Engine,
	inputs: BackupInputs,
	report: Reporter,
	stop?: AbortSignal,
): Promise<BackupRecord> {
	const { database, deadlineMs } = inputs;
	const start = Date.now();
	let worker: Worker | undefined;
	try {
		worker = await startWorker(engine, inputs);
		return await withinDeadline(takeBackup(engine, worker, inputs, report), deadlineMs, stop);
	} catch (error) {
		// While its container is there: what writes the file may be at it still, and ends with the container.
		if (worker) await new Store(worker, inputs.stack).removeUnfinished(database).catch(() => undefined);
		const after = durationText(Date.now() - start);
		throw new StepError(`the backup of ${database} failed after ${after}: ${messageOf(error)}`);
	} finally {
		await worker?.remove();
	}
}

/** The name of the one container that may back up, or restore, a database. */
export function workerName(container: string): string {
	return `${container}-backup`;
}

async function startWorker(engine: Engine, inputs: BackupInputs): Promise<Worker> {
	const { container, stack, store, deadlineMs } = inputs;
	const seen = await engine.inspect(container);
	if (seen?.status !== "running") {
		throw new StepError(
			`its container ${container} is ${seen?.status ?? "not there"}.\nNext: see why (docker logs ${container}), or bring it up: pulumi up`,
		);
	}
	const { Image } = await engine.api.getContainer(container).inspect();
	return Worker.start(engine, {
		name: workerName(container),
		stack,
		image: Image,
		beside: container,
		store,
		deadlineMs,
	});
}

/** How the database in a running container is dumped. */
export async function dumperFor(
	engine: Engine,
	worker: Worker,
	{ type, container }: Pick<BackupInputs, "type" | "container">,
): Promise<Dumper> {
	const { Config } = await engine.api.getContainer(container).inspect();
	if (type === "redis") return redisDumper(worker, await redisPassword(container, Config.Cmd ?? []));
	return postgresDumper(worker, await postgresOwner(container, Config.Env));
}

async function takeBackup(
	engine: Engine,
	worker: Worker,
	inputs: BackupInputs,
	report: Reporter,
): Promise<BackupRecord> {
	const { database, type, stack, reason } = inputs;
	const dumper = await dumperFor(engine, worker, inputs);
	const store = new Store(worker, stack);
	const begun = new Date();
	const { bytes, serverVersion } = await dumper.measure();
	await store.removeUnfinished(database);
	await store.assertRoom(bytes, whereText(inputs.store), database);
	const file = backupFile(inputs, begun);
	const unfinished = store.unfinished(file);
	report.info(`backing up ${database} (${sizeText(bytes)}) to ${file} in ${whereText(inputs.store)}`);
	await withProgress(dumper.dump(unfinished), async () => {
		const size = await store.size(unfinished);
		report.info(`${database}: ${sizeText(size)} after ${durationText(Date.now() - begun.getTime())}`);
	});
	const counts = await dumper.verify(unfinished).catch((error: unknown) => {
		throw new StepError(`what was written is no good: ${messageOf(error)}`);
	});
	const rolesFile = store.unfinished(rolesOf(file));
	await dumper.dumpRoles?.(rolesFile);
	const { version, schemaVersion } = inputs;
	const record: BackupRecord = {
		file,
		stack,
		database,
		type,
		reason,
		...(version !== undefined && { version }),
		...(schemaVersion !== undefined && { schemaVersion }),
		takenAt: begun.toISOString(),
		durationMs: Date.now() - begun.getTime(),
		sizeBytes: await store.size(unfinished),
		sha256: await store.checksum(unfinished),
		serverVersion,
		databaseBytes: bytes,
		counts,
		...(dumper.dumpRoles && { rolesSha256: await store.checksum(rolesFile) }),
	};
	await store.publish(record);
	report.info(doneText(record));
	const copies = inputs.s3 && new S3Copies(inputs.s3);
	if (copies) {
		await copies.copy(worker, store, record);
		report.info(`copied to ${copies.where}`);
	}
	await removeOutdated(store, copies, inputs, report);
	return record;
}

/** The backup is there: that an older one could not be removed does not make it fail. */
async function removeOutdated(
	store: Store,
	copies: S3Copies | undefined,
	inputs: BackupInputs,
	report: Reporter,
): Promise<void> {
	try {
		const gone = await store.removeOutdated(inputs.database, inputs);
		if (gone.length > 0) report.info(`removed as outdated: ${gone.map(({ file }) => file).join(", ")}`);
		const copied = (await copies?.removeOutdated(inputs.database, inputs)) ?? [];
		if (copied.length > 0) report.info(`removed as outdated from S3: ${copied.join(", ")}`);
	} catch (error) {
		report.warn(`outdated backups of ${inputs.database} were not removed: ${messageOf(error)}`);
	}
}

/** "the volume shop-prod-backups", "the folder /var/backups of the Docker host". */
export function whereText(store: BackupStore): string {
	return "volume" in store ? `the volume ${store.volume}` : `the folder ${store.folder} of the Docker host`;
}

function doneText({ file, sizeBytes, durationMs, counts, type }: BackupRecord): string {
	const all = Object.values(counts).reduce((sum, rows) => sum + rows, 0);
	const what =
		type === "redis" ? `${counts.keys ?? 0} keys` : `${all} rows of ${Object.keys(counts).length} tables`;
	return `${file}: ${sizeText(sizeBytes)}, ${what}, read back, in ${durationText(durationMs)}`;
}

async function withProgress<T>(work: Promise<T>, say: () => Promise<void>): Promise<T> {
	const timer = setInterval(() => void say().catch(() => undefined), PROGRESS_MS);
	try {
		return await work;
	} finally {
		clearInterval(timer);
	}
}
