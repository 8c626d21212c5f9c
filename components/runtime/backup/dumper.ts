import type { BackupRecord } from "../../plan/backups";
import type { Worker } from "./worker";

/** What a database says of itself before it is dumped. */
export interface Measured {
	/** Size of the whole database; a backup of it is smaller, as it is compressed and has no indexes. */
	readonly bytes: number;
	readonly serverVersion: string;
}

/** What differs between databases in how they are dumped; everything happens inside the worker, beside the database. */
export interface Dumper {
	measure(): Promise<Measured>;
	/** Writes the whole database to `path`, as of one moment. */
	dump(path: string): Promise<void>;
	/** Reads all of `path`, as a restore would. @returns what is in it; throws where it is no whole backup. */
	verify(path: string): Promise<BackupRecord["counts"]>;
	/** Writes the roles to `path`, where the database has such. */
	dumpRoles?(path: string): Promise<void>;
}

/** Makes a `Dumper` for the database in `container`. */
export type DumperOf = (worker: Worker, container: string) => Promise<Dumper>;
