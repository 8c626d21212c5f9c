import { serverParameters } from "../databases/tuning";
import type { Database } from "../settings/schema";
import { databaseName, LABEL } from "./names";
import { defined } from "./released";
import type { DatabaseRecord } from "./types";

/** What concerns the services that use it, and reaches them with their next release; and the logins, which are made in it. */
const FOR_SERVICES = ["url", "urlVariable", "logins", "access"];

/** What makes the container of a database by these settings: two of the same record are one container. */
export function databaseRecord(prefix: string, name: string, database: Database): DatabaseRecord {
	const settings: Record<string, unknown> = { ...database };
	for (const key of FOR_SERVICES) delete settings[key];
	return {
		...defined(settings),
		type: database.type,
		image: database.image,
		...(defined({ volume: dataVolumes(prefix, name, database)[0] }) as { volume?: string }),
		...(database.type !== "custom" && { parameters: serverParameters(database) }),
	};
}

/** Names of the volumes that hold a database's data: one, or for a custom one as many as it has folders. */
export function dataVolumes(prefix: string, name: string, database: Database): string[] {
	const first = database.volume ?? `${databaseName(prefix, name)}-data`;
	if (database.type !== "custom") return [first];
	return database.volumes.map((_, index) => (index === 0 ? first : `${first}-${index + 1}`));
}

/** As it stands on the container's label: the same text however the settings were ordered. */
export function recordText(record: DatabaseRecord): string {
	return JSON.stringify(inOrder(record));
}

function inOrder(value: unknown): unknown {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
	const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
	return Object.fromEntries(
		entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, inOrder(inner)]),
	);
}

/** The databases among these containers, by their names in the settings. */
export function deployedDatabases(
	containers: readonly {
		readonly name: string;
		readonly labels: Readonly<Record<string, string>>;
	}[],
	prefix: string,
): Record<string, DatabaseRecord> {
	const found = containers.flatMap(({ name, labels }): [string, DatabaseRecord][] => {
		const database = labels[LABEL.database];
		const record = recordOf(labels[LABEL.settings]);
		if (database === undefined || record === undefined) return [];
		return name === databaseName(prefix, database) ? [[database, record]] : [];
	});
	return Object.fromEntries(found);
}

/** Undefined where somebody else has written it. */
function recordOf(text: string | undefined): DatabaseRecord | undefined {
	try {
		const record = JSON.parse(text ?? "") as Partial<DatabaseRecord> | null;
		if (typeof record?.image !== "string" || record.type === undefined) return undefined;
		return record as DatabaseRecord;
	} catch {
		return undefined;
	}
}
