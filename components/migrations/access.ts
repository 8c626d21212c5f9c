import { migratedDatabase } from "../plan/migrations";
import { databaseName } from "../plan/names";
import type { DatabaseAccess } from "../runtime/migrations/types";
import type { Settings } from "../settings/schema";

/** How the database is asked that migrations change; undefined where there is none. @param prefix As given to `SharedDatabases`. */
export function migratedAccess(settings: Settings, prefix: string): DatabaseAccess | undefined {
	const name = migratedDatabase(settings, settings.databases);
	const database = name === undefined ? undefined : settings.databases[name];
	if (name === undefined || database?.type !== "postgres") return undefined;
	return { container: databaseName(prefix, name), user: database.database, name: database.database };
}
