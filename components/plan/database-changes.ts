import { isDeepStrictEqual } from "node:util";
import type { Database } from "../settings/schema";
import { databaseRecord } from "./database-record";
import { imageVersion } from "./image-version";
import type { DatabaseChange, DatabaseRecord, Deployed } from "./types";

/**
 * What an `up` does with each database of the settings, by what is deployed: nothing, or it is created, or its container is
 * replaced. Pure. What must not be done at all, `refusedDatabaseChanges` finds; expects settings in which it found nothing.
 *
 * @param prefix Names begin with it; see `stackPrefix`.
 * @param deployed From `readStackState`; unset: none is there.
 */
export function databaseChanges(
	prefix: string,
	databases: Readonly<Record<string, Database>>,
	deployed: Deployed["databases"],
): DatabaseChange[] {
	return Object.entries(databases).map(([name, database]): DatabaseChange => {
		const before = deployed?.[name];
		if (before === undefined) return { name, kind: "created", why: `${database.type} ${database.image}` };
		const differences = recordDifferences(before, databaseRecord(prefix, name, database));
		return { name, kind: differences.length === 0 ? "none" : "updated", why: differences.join(", ") };
	});
}

/** "image 17.4 → 17.5", "parameters.work_mem 4MB → 8MB", "publishPort 5432 (new)"; what counts most comes first. */
function recordDifferences(before: DatabaseRecord, after: DatabaseRecord): string[] {
	const [old, now] = [flat(before), flat(after)];
	const order = (key: string) => (key === "image" ? 0 : key === "volume" ? 1 : key.includes(".") ? 3 : 2);
	return [...new Set([...Object.keys(old), ...Object.keys(now)])]
		.filter((key) => !isDeepStrictEqual(old[key], now[key]))
		.sort((a, b) => order(a) - order(b))
		.map((key) => differenceText(key, old[key], now[key]));
}

function differenceText(key: string, before: unknown, after: unknown): string {
	if (key === "image") {
		const [from, to] = [imageVersion(String(before)), imageVersion(String(after))];
		const told = from !== undefined && to !== undefined && from.repository === to.repository;
		return told ? `image ${from.tag} → ${to.tag}` : `image ${before} → ${after}`;
	}
	if (before === undefined) return `${key} ${valueText(after)} (new)`;
	if (after === undefined) return `${key} ${valueText(before)} (left out)`;
	return `${key} ${valueText(before)} → ${valueText(after)}`;
}

function valueText(value: unknown): string {
	return typeof value === "string" ? value : JSON.stringify(value);
}

/** Groups one level deep as `resources.memoryMb`. */
function flat(record: DatabaseRecord): Record<string, unknown> {
	const entries = Object.entries(record).flatMap(([key, value]): [string, unknown][] => {
		if (typeof value !== "object" || value === null || Array.isArray(value)) return [[key, value]];
		return Object.entries(value).map(([inner, one]) => [`${key}.${inner}`, one]);
	});
	return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
