import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { cacheFolder } from "../set-up/paths";

/**
 * A file of the cache, made when it is not there yet.
 *
 * @param name file name inside the cache folder; it must carry everything the content depends on.
 * @param make writes the file to the path it is given. It may fail or be killed half-way: the file gets its real name
 * by a rename at the end, so what has that name is complete.
 * @param renew makes it also when it is there, in place of the old one. Default: false.
 * @returns the absolute path.
 */
export async function cachedFile(
	name: string,
	make: (unfinished: string) => Promise<void>,
	renew = false,
): Promise<string> {
	const file = path.join(cacheFolder(), name);
	if (!renew && existsSync(file)) return file;
	await mkdir(cacheFolder(), { recursive: true });
	const unfinished = `${file}.${randomUUID()}.unfinished`;
	try {
		await make(unfinished);
		await rename(unfinished, file);
	} finally {
		await rm(unfinished, { force: true, recursive: true });
	}
	return file;
}

/** @returns a hex SHA-256 over the parts; ["ab", "c"] and ["a", "bc"] differ. */
export function hashOf(parts: readonly (string | Uint8Array)[]): string {
	const hash = createHash("sha256");
	for (const part of parts) hash.update(`${part.length}:`).update(part);
	return hash.digest("hex");
}

/** @returns a hex SHA-256 over the names and contents of all files in a folder and its subfolders. */
export async function hashFolder(folder: string): Promise<string> {
	const entries = await readdir(folder, { withFileTypes: true, recursive: true });
	const files = entries
		.filter((entry) => entry.isFile())
		.map((entry) => path.join(entry.parentPath, entry.name));
	const parts: (string | Uint8Array)[] = [];
	for (const file of files.sort()) parts.push(path.relative(folder, file), await readFile(file));
	return hashOf(parts);
}
