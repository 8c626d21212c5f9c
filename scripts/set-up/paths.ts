import { homedir } from "node:os";
import path from "node:path";

/**
 * The folder for what is built or downloaded once and shared by all checkouts:
 * `$XDG_CACHE_HOME/pulumi-docker-blue-green`, by default below `~/.cache`. Safe to delete: the next set-up makes it anew.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
	const base = env.XDG_CACHE_HOME;
	// A relative XDG_CACHE_HOME is to be ignored, says its specification.
	return path.join(
		base && path.isAbsolute(base) ? base : path.join(homedir(), ".cache"),
		"pulumi-docker-blue-green",
	);
}

/** Gets a line for whatever takes time, with the reason. */
export type Report = (line: string) => void;
