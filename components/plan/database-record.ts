import { serverParameters } from "../databases/tuning";
import type { Database } from "../settings/schema";
import { databaseName } from "./names";
import { defined } from "./released";
import type { DatabaseRecord } from "./types";

/** What concerns the services that use it, and reaches them with their next release. */
const FOR_SERVICES = ["url", "urlVariable"];

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
