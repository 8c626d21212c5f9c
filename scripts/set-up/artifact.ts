import { createHash, randomBytes } from "node:crypto";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";

/**
 * Makes a folder that is either complete or not there at all: it is filled under another name and then renamed. One
 * that is there already, but lacks something, is replaced.
 *
 * @param fill puts everything into the folder that it is given.
 */
export async function makeFolder(folder: string, fill: (temporary: string) => Promise<void>): Promise<void> {
	const temporary = `${folder}.${process.pid}-${randomBytes(3).toString("hex")}.unfinished`;
	await mkdir(temporary, { recursive: true });
	try {
		await fill(temporary);
		await rm(folder, { recursive: true, force: true });
		await rename(temporary, folder);
	} catch (error) {
		await rm(temporary, { recursive: true, force: true });
		throw error;
	}
}

/** Removes what interrupted set-ups left in a folder. To be called only while holding the lock. */
export async function removeUnfinished(parent: string): Promise<void> {
	if (!existsSync(parent)) return;
	for (const name of await readdir(parent)) {
		if (name.endsWith(".unfinished")) await rm(path.join(parent, name), { recursive: true, force: true });
	}
}

/** @returns 12 hexadecimal digits that change when the content of one of the files, or of `more`, changes. */
export async function fingerprint(files: readonly string[], more: readonly string[] = []): Promise<string> {
	const hash = createHash("sha256");
	for (const file of files)
		hash
			.update(`${path.basename(file)}\0`)
			.update(await readFile(file))
			.update("\0");
	hash.update(JSON.stringify(more));
	return hash.digest("hex").slice(0, 12);
}

/** Writes a file that is either its old or its new content to whoever reads it meanwhile. */
export function writeAtomically(file: string, content: string): void {
	const temporary = `${file}.${process.pid}.unfinished`;
	writeFileSync(temporary, content);
	renameSync(temporary, file);
}
