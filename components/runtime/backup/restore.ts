import { type BackupRecord, sizeText } from "../../plan/backups";
import { LABEL } from "../../plan/names";
import type { Engine } from "../docker/engine";
import { durationText, messageOf, type Reporter, StepError } from "../report";
import { type BackupInputs, whereText, workerName } from "./backup";
import { withinDeadline } from "./deadline";
import { fillPostgres } from "./restore-postgres";
import { fillRedis } from "./restore-redis";
import { rolesOf, Store } from "./store";
import { Worker } from "./worker";

export interface RestoreInputs
	extends Pick<BackupInputs, "stack" | "database" | "type" | "container" | "store"> {
	/** Name of the backup. */
	readonly file: string;
	readonly deadlineMs: number;
}

/** What a restore has made. */
export interface Restored {
	/** The fresh volume that holds the restored database. */
	readonly volume: string;
	/** The volume that the database runs on until it is switched. */
	readonly replaces: string;
	/** Undefined where the backup has no record beside it. */
	readonly record: BackupRecord | undefined;
	/** Rows by table, or keys: counted in the restored database, and the same as in the backup. */
	readonly counts: Readonly<Record<string, number>>;
	readonly durationMs: number;
}

/** A database's container as a restore needs to know it; it need not run. */
export interface RestoreSource {
	readonly image: string;
	readonly env: readonly string[];
	readonly command: readonly string[];
	readonly running: boolean;
	readonly volume: string;
	readonly dataPath: string;
}

/** What fills a fresh volume, inside the worker. @returns what it has counted there, in what the backup was found to have. */
export type Fill = (
	engine: Engine,
	worker: Worker,
	inputs: RestoreInputs,
	source: RestoreSource,
	backup: { readonly path: string; readonly rolesPath?: string },
	report: Reporter,
) => Promise<Record<string, number>>;

/**
 * Restores a backup into a fresh volume, in a container of the database's own image without a network, and compares what is
 * there with what is in the backup. The database that runs is not touched: the volume takes its place in the next `up`.
 *
 * @throws StepError with the reason; the fresh volume is removed then.
 */
export async function restore(
	engine: Engine,
	inputs: RestoreInputs,
	report: Reporter,
	stop?: AbortSignal,
): Promise<Restored> {
	const { database, stack, store: where, deadlineMs, file } = inputs;
	const start = Date.now();
	const source = await sourceOf(engine, inputs);
	const volume = `${inputs.container}-data-${stamp(new Date())}`;
	let worker: Worker | undefined;
	try {
		await createVolume(engine, volume, stack, database);
		worker = await Worker.start(engine, {
			name: workerName(inputs.container),
			stack,
			image: source.image,
			env: source.env,
			store: where,
			fresh: { volume, path: source.dataPath },
			deadlineMs,
		});
		const work = fillVolume(engine, worker, inputs, source, report);
		const { record, counts } = await withinDeadline(work, deadlineMs, stop);
		await worker.remove();
		return { volume, replaces: source.volume, record, counts, durationMs: Date.now() - start };
	} catch (error) {
		await worker?.remove();
		await engine.api
			.getVolume(volume)
			.remove()
			.catch(() => undefined);
		const after = durationText(Date.now() - start);
		throw new StepError(
			`the restore of ${database} from ${file} failed after ${after}: ${messageOf(error)}\nThe database that runs was not touched.`,
		);
	}
}

async function fillVolume(
	engine: Engine,
	worker: Worker,
	inputs: RestoreInputs,
	source: RestoreSource,
	report: Reporter,
): Promise<Pick<Restored, "record" | "counts">> {
	const store = new Store(worker, inputs.stack);
	const record = await checkedRecord(store, worker, inputs, report);
	const rolesPath = store.path(rolesOf(inputs.file));
	const hasRoles = (await worker.try(["test", "-f", rolesPath])).exitCode === 0;
	const backup = { path: store.path(inputs.file), ...(hasRoles && { rolesPath }) };
	const fill = inputs.type === "redis" ? fillRedis : fillPostgres;
	const counts = await fill(engine, worker, inputs, source, backup, report);
	return { record, counts };
}

function stamp(at: Date): string {
	return at.toISOString().replaceAll(/[-:]|\.\d+/g, "");
}

async function sourceOf(engine: Engine, { container, database }: RestoreInputs): Promise<RestoreSource> {
	const seen = await engine.inspect(container);
	if (seen === undefined) {
		throw new StepError(
			`the database ${database} has no container ${container} yet.\nNext: bring the stack up (pulumi up), then restore into it`,
		);
	}
	const { Image, Config, Mounts } = await engine.api.getContainer(container).inspect();
	const data = Mounts.find(({ Type }) => Type === "volume");
	if (data?.Name === undefined) throw new StepError(`${container} has no volume that could be replaced`);
	return {
		image: Image,
		env: Config.Env,
		command: Config.Cmd ?? [],
		running: seen.status === "running",
		volume: data.Name,
		dataPath: data.Destination,
	};
}

/** With the labels by which an `up` knows whose data it is. */
async function createVolume(engine: Engine, volume: string, stack: string, database: string): Promise<void> {
	const Labels = { [LABEL.stack]: stack, [LABEL.role]: "database", "blue-green.database": database };
	await engine.api.createVolume({ Name: volume, Labels });
}

/** @throws StepError where the backup is not there, or is not what was written. */
async function checkedRecord(
	store: Store,
	worker: Worker,
	{ file, database, type, store: where }: RestoreInputs,
	report: Reporter,
): Promise<BackupRecord | undefined> {
	const all = await store.list();
	const record = all.find((one) => one.file === file);
	if ((await worker.try(["test", "-f", store.path(file)])).exitCode !== 0) {
		const known = all.filter((one) => one.database === database).map((one) => `  ${one.file}`);
		throw new StepError(
			[
				`there is no ${file} in ${whereText(where)}. There are:`,
				...(known.length > 0 ? known : ["  none"]),
			].join("\n"),
		);
	}
	if (record === undefined) {
		report.warn(
			`${file} has no record of this stack beside it: whether it is what was once written cannot be told`,
		);
		return undefined;
	}
	if (record.type !== type) {
		throw new StepError(`it is a backup of ${record.type}, and ${database} is ${type}`);
	}
	report.info(`comparing the checksum of ${file} (${sizeText(record.sizeBytes)})`);
	const sum = await store.checksum(store.path(file));
	if (sum !== record.sha256) {
		throw new StepError(
			`it is not what was written: its checksum is ${sum}, and was ${record.sha256}.\nNext: restore another one (npm run backup -- --list)`,
		);
	}
	return record;
}
