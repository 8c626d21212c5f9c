/** What a backup is called, what is written down of it, and which ones are to go: pure. */

/** Written beside each backup, as JSON. A backup without one does not count. */
export interface BackupRecord {
	/** Name of the file, without a folder: "main-20261121T173000Z-2.0.0-expand.dump". */
	readonly file: string;
	/** Label of the stack: "shop/prod". */
	readonly stack: string;
	/** Name of the database in the settings. */
	readonly database: string;
	readonly type: "postgres" | "redis";
	/** What it was taken for: "expand", "contract" or "on-demand". */
	readonly reason: string;
	/** The version of the application that it was taken for. */
	readonly version?: string;
	/** Version of the schema at that time, where it is known. */
	readonly schemaVersion?: string;
	/** ISO 8601, UTC. */
	readonly takenAt: string;
	readonly durationMs: number;
	readonly sizeBytes: number;
	readonly sha256: string;
	/** Version of the server, as it says it. */
	readonly serverVersion: string;
	/** Size of the whole database at that time. */
	readonly databaseBytes: number;
	/** Rows by table ("public.orders"), or keys of Redis under "keys": counted in the backup itself, not in the database. */
	readonly counts: Readonly<Record<string, number>>;
	/** Checksum of the file of roles beside a backup of PostgreSQL. */
	readonly rolesSha256?: string;
}

export const EXTENSION = { postgres: "dump", redis: "rdb" } as const;

/** The name of a backup that is taken at `at`. */
export function backupFile(
	{ database, type, version, reason }: Pick<BackupRecord, "database" | "type" | "version" | "reason">,
	at: Date,
): string {
	const stamp = at.toISOString().replaceAll(/[-:]|\.\d+/g, "");
	const words = [version, reason].filter((word) => word !== undefined).map(fileWord);
	return `${[database, stamp, ...words].join("-")}.${EXTENSION[type]}`;
}

/** Versions may have any character in them, a slash too. */
function fileWord(word: string): string {
	return word.replaceAll(/[^A-Za-z0-9._-]+/g, "_");
}

/** Whether a text may be the name of a backup's file: no folder, nothing that a shell or a path would read. */
export function isBackupFile(name: string): boolean {
	return /^[A-Za-z0-9][A-Za-z0-9._-]*\.(dump|rdb)$/.test(name);
}

/** The name without its extension; what stands beside the backup begins so. */
export function stem(file: string): string {
	return file.replace(/\.(dump|rdb)$/, "");
}

/** Newest first. */
export function newestFirst<T extends Pick<BackupRecord, "takenAt">>(records: readonly T[]): T[] {
	return records.toSorted((a, b) => b.takenAt.localeCompare(a.takenAt));
}

/**
 * The backups that are to be removed: those of one database beyond the `keep` newest, and those that are older than
 * `keepForMs`. The newest of a database stays, however old it is.
 *
 * @param records Of one stack; any number of databases.
 */
export function outdated<T extends Pick<BackupRecord, "database" | "takenAt">>(
	records: readonly T[],
	{ keep, keepForMs }: { readonly keep: number; readonly keepForMs: number },
	now: Date,
): T[] {
	const seen = new Map<string, number>();
	return newestFirst(records).filter(({ database, takenAt }) => {
		const newer = seen.get(database) ?? 0;
		seen.set(database, newer + 1);
		return newer > 0 && (newer >= keep || now.getTime() - Date.parse(takenAt) > keepForMs);
	});
}

/** "1.5 MB"; units of a thousand, as `df -H` and invoices have them. */
export function sizeText(bytes: number): string {
	const units = ["B", "kB", "MB", "GB", "TB"];
	const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
	const value = bytes / 1000 ** power;
	return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
