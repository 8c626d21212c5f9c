import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { type BackupRecord, isBackupFile } from "../../components/plan/backups";
import { importFile, listBackups } from "../../components/runtime/backup/list";
import { S3Copies } from "../../components/runtime/backup/s3";
import { parseRecord, recordOf, rolesOf } from "../../components/runtime/backup/store";
import type { Engine } from "../../components/runtime/docker/engine";
import type { Reporter } from "../../components/runtime/report";
import { Problem } from "../lib/problem";
import { placeOf, type StackOfBackups, s3Of } from "./stack";

/**
 * Which database a backup is of: its record says it, else the person.
 * @throws Problem where neither does, or they disagree.
 */
export async function findBackup(
	engine: Engine,
	stack: StackOfBackups,
	file: string,
	wanted: string | undefined,
): Promise<{ database: string; record: BackupRecord | undefined }> {
	let record = await recordHere(engine, stack, file);
	if (record === undefined && (await bringCopy(engine, stack, file)))
		record = await recordHere(engine, stack, file);
	const database = wanted ?? record?.database;
	if (database === undefined) {
		throw new Problem(
			`There is no backup ${file} of stack ${stack.name}, or it has no record that says which database it is of.\nNext: npm run backup -- --list; for a file from elsewhere, say --database <name>`,
		);
	}
	placeOf(stack, database);
	if (record !== undefined && record.database !== database) {
		throw new Problem(`${file} is a backup of ${record.database}, not of ${database}.`);
	}
	return { database, record };
}

async function recordHere(engine: Engine, stack: StackOfBackups, file: string) {
	return (await listBackups(engine, anyPlace(stack))).find((one) => one.file === file);
}

/** Fetches a backup from S3 to the Docker host. @returns whether there was one. */
async function bringCopy(engine: Engine, stack: StackOfBackups, file: string): Promise<boolean> {
	const s3 = isBackupFile(file) ? await s3Of(stack) : undefined;
	if (s3 === undefined) return false;
	const copies = new S3Copies(s3);
	const record = await copies.get(recordOf(file));
	if (record === undefined) return false;
	record.content.destroy();
	for (const name of [rolesOf(file), file, recordOf(file)]) {
		const found = await copies.get(name);
		if (found) await importFile(engine, anyPlace(stack), name, found.content, found.size);
	}
	return true;
}

/** Copies a file of this machine, and what belongs to it, among the stack's backups. @returns its name there. */
export async function bringFile(
	engine: Engine,
	stack: StackOfBackups,
	file: string,
	report: Reporter,
): Promise<string> {
	const name = path.basename(file);
	if (!isBackupFile(name)) {
		throw new Problem(`${file} is no backup by its name: a .dump of PostgreSQL or an .rdb of Redis is.`);
	}
	const folder = path.dirname(file);
	const record = path.join(folder, recordOf(name));
	if (existsSync(record) && parseRecord(readFileSync(record, "utf8").trim()) === undefined) {
		throw new Problem(`${record} is not the record of a backup.`);
	}
	for (const one of [recordOf(name), rolesOf(name), name]) {
		const source = path.join(folder, one);
		if (!existsSync(source)) continue;
		report.info(`copying ${source}`);
		await importFile(engine, anyPlace(stack), one, createReadStream(source), statSync(source).size);
	}
	return name;
}

function anyPlace(stack: StackOfBackups) {
	const place = Object.values(stack.databases)[0];
	if (place === undefined) throw new Problem(`The stack ${stack.name} has no databases.`);
	return place;
}
