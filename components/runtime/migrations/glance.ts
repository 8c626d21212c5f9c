import type { Phase } from "../../plan/migrations";
import { NO_SCHEMA } from "../../plan/schema-range";
import { Engine } from "../docker/engine";
import { type JournalRow, SELECT_ROWS } from "./journal";
import { assertDatabaseRuns, queryValue } from "./psql";
import { imageRange } from "./schema";
import type { DatabaseAccess } from "./types";

/** Longest time for one query. */
const QUERY_MS = 8_000;

/** A database before anything is touched. */
export interface DatabaseGlance {
	/** Version of its schema; unset where no query was given, or where what it reads is not there yet. */
	readonly schema?: string;
	/** What has succeeded, by the journal. */
	readonly done: readonly { readonly phase: Phase; readonly version: string; readonly revision?: string }[];
}

/**
 * @param query Reads the schema's version; undefined: it is not asked for.
 * @returns undefined where there is no such container yet.
 * @throws Error where it does not answer.
 */
export async function glanceAtDatabase(
	access: DatabaseAccess,
	query: string | undefined,
): Promise<DatabaseGlance | undefined> {
	const engine = new Engine();
	if ((await engine.inspect(access.container)) === undefined) return undefined;
	await assertDatabaseRuns(engine, access);
	const [schema, journal] = await Promise.all([
		query === undefined ? undefined : queryValue(engine, access, query, QUERY_MS),
		queryValue(engine, access, SELECT_ROWS, QUERY_MS),
	]);
	const rows = JSON.parse(journal ?? "[]") as JournalRow[];
	const done = rows
		.filter(({ exitCode }) => exitCode === 0)
		.map(({ phase, version, revision }) => ({ phase, version, ...(revision !== null && { revision }) }));
	return { ...(schema !== undefined && { schema: schema || NO_SCHEMA }), done };
}

/** What an image's label says of the schema; undefined: nothing, or the image is not on the host. */
export async function glanceAtImage(image: string): Promise<string | undefined> {
	return imageRange(new Engine(), image).catch(() => undefined);
}
