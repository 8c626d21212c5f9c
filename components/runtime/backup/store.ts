import { type BackupRecord, isBackupFile, newestFirst, outdated, sizeText, stem } from "../../plan/backups";
import { StepError } from "../report";
import { BACKUPS, type Worker } from "./worker";

/** Ends the name of a file that is not whole yet. */
const UNFINISHED = ".unfinished";

/** The files of one stack's backups, as the worker sees them. */
export class Store {
	constructor(
		private readonly worker: Worker,
		private readonly stack: string,
	) {}

	path(file: string): string {
		return `${BACKUPS}/${file}`;
	}

	/** Where a file is written before it is whole. */
	unfinished(file: string): string {
		return `${this.path(file)}${UNFINISHED}`;
	}

	/**
	 * Removes what backups of this database that were cut short have left. Call it only while holding the worker of the database.
	 *
	 * @param extensions Of files that begin with the database's name and a time.
	 */
	async removeUnfinished(database: string): Promise<void> {
		await this.worker.sh(`rm -f "$1"/"$2"-[0-9]*T[0-9]*Z*"$3"`, [BACKUPS, database, UNFINISHED]);
	}

	/** @throws StepError where less than `bytes` are free. */
	async assertRoom(bytes: number, where: string, what: string): Promise<void> {
		const line = (await this.worker.run(["df", "-Pk", BACKUPS])).trim().split("\n").at(-1) ?? "";
		const free = Number(line.split(/\s+/).at(-3)) * 1_024;
		if (Number.isNaN(free)) throw new StepError(`df did not say how much is free in ${where}: ${line}`);
		if (free >= bytes) return;
		throw new StepError(
			`${sizeText(free)} are free in ${where}, and ${what} has ${sizeText(bytes)}; a backup is smaller, but not by how much can be known beforehand.\nNext: make room there, keep fewer (pulumi config set --path backups.keep <number>), or keep them elsewhere (pulumi config set --path backups.folder <folder>)`,
		);
	}

	async size(path: string): Promise<number> {
		const { exitCode, stdout } = await this.worker.try(["stat", "-c", "%s", path]);
		return exitCode === 0 ? Number(stdout) : 0;
	}

	async checksum(path: string): Promise<string> {
		return (await this.worker.run(["sha256sum", path])).split(" ")[0] ?? "";
	}

	/** Gives a backup its name, as the last of all: what has its name is whole, on the disk, and has its record beside it. */
	async publish(record: BackupRecord): Promise<void> {
		const { file } = record;
		const [rolesFile, recordFile] = [rolesOf(file), recordOf(file)];
		await this.worker.sh(
			`set -e
			umask 077
			cd "$1"
			[ ! -e "$2" ] || { echo "$2 is there already" >&2; exit 1; }
			printf '%s\\n' "$5" > "$4$6"
			sync "$4$6"
			[ ! -e "$3$6" ] || { sync "$3$6"; mv "$3$6" "$3"; }
			mv "$4$6" "$4"
			mv "$2$6" "$2"
			sync .`,
			[BACKUPS, file, rolesFile, recordFile, JSON.stringify(record), UNFINISHED],
		);
	}

	/** Backups of this stack that are whole, newest first. */
	async list(): Promise<BackupRecord[]> {
		const script = `cd "$1" && for f in *.json; do [ -f "$f" ] && cat "$f"; done; true`;
		const lines = (await this.worker.sh(script, [BACKUPS]))
			.split("\n")
			.filter((line) => line.startsWith("{"));
		const here = new Set((await this.worker.run(["ls", BACKUPS])).split("\n"));
		const records = lines.flatMap((line) => parseRecord(line) ?? []);
		return newestFirst(records.filter(({ stack, file }) => stack === this.stack && here.has(file)));
	}

	/** Removes what is beyond number and age. @returns what is gone. */
	async removeOutdated(
		database: string,
		policy: { keep: number; keepForMs: number },
	): Promise<BackupRecord[]> {
		const own = (await this.list()).filter((record) => record.database === database);
		const old = outdated(own, policy, new Date());
		for (const { file } of old) await this.remove(file);
		return old;
	}

	/** The backup goes before its record: what is left of an interrupted removal is no backup. */
	async remove(file: string): Promise<void> {
		const all = [file, rolesOf(file), recordOf(file)];
		for (const name of all) await this.worker.run(["rm", "-f", this.path(name)]);
	}
}

export function rolesOf(file: string): string {
	return `${stem(file)}.roles.sql`;
}

export function recordOf(file: string): string {
	return `${stem(file)}.json`;
}

/** The record in a line of JSON; undefined where it is something else. */
export function parseRecord(line: string): BackupRecord | undefined {
	try {
		const value = JSON.parse(line) as Partial<BackupRecord>;
		const whole =
			typeof value.file === "string" && isBackupFile(value.file) && typeof value.sha256 === "string";
		return whole ? (value as BackupRecord) : undefined;
	} catch {
		return undefined;
	}
}
