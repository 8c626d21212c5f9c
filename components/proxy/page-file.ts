import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { type Problem, removeCommand } from "../settings/problems";

/** It stands in the stack's state, and Caddy reads no file of more than 1 MiB into an answer. */
export const LONGEST_PAGE_BYTES = 256 * 1024;

/**
 * A problem where the user's page cannot be had.
 * @param page Path from the folder of the program; unset: there is none.
 */
export function pageProblems({ page }: { readonly page?: string | undefined }): Problem[] {
	if (page === undefined) return [];
	const wrong = whatIsWrong(page);
	if (wrong === undefined) return [];
	const path = ["proxy", "page"];
	const reason = `${wrong}. Allowed: the path of an HTML file in UTF-8 of at most ${LONGEST_PAGE_BYTES / 1024} KiB, from the folder of Pulumi.yaml.`;
	return [{ path, reason, fix: [removeCommand(path)] }];
}

/** The text of the user's page. Expects one that `pageProblems` found nothing in. */
export function readPage(page: string): string {
	return readFileSync(page, "utf8");
}

function whatIsWrong(page: string): string | undefined {
	try {
		const bytes = readFileSync(page);
		if (bytes.length > LONGEST_PAGE_BYTES)
			return `"${page}" has ${Math.ceil(bytes.length / 1024)} KiB, with everything that stands in it`;
		if (bytes.length === 0) return `"${page}" is empty`;
		return isUtf8(bytes) ? undefined : `"${page}" is not in UTF-8`;
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		return code === "ENOENT" ? `there is no file "${page}"` : `"${page}" cannot be read (${code})`;
	}
}
