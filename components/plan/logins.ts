import type { Database } from "../settings/schema";
import type { PlannedService } from "./types";

/** Names of the roles of a PostgreSQL database, and which login a release has. Pure. */

/** The role that owns all objects, and may change them. */
export function migratorRole(database: string): string {
	return `${database}_migrator`;
}

/** The role that holds the rights of the application; nobody logs in as it. */
export function readWriteRole(database: string): string {
	return `${database}_rw`;
}

/** The role of one login: `shop_app`. */
export function loginRole(database: string, login: string): string {
	return `${database}_${login}`;
}

/** The logins of every database that has some, the newest last. */
export function loginsOf(databases: Readonly<Record<string, Database>>): Record<string, readonly string[]> {
	return Object.fromEntries(
		Object.entries(databases).flatMap(([name, database]) =>
			"logins" in database ? [[name, database.logins]] : [],
		),
	);
}

/** What the application may do in a database; where no migrations make its tables, it has to make them itself. */
export function accessOf(
	{ access }: { readonly access?: "readwrite" | "owner" | undefined },
	migrations: boolean,
): "readwrite" | "owner" {
	return access ?? (migrations ? "readwrite" : "owner");
}

/** The logins of a service by database, as a label has them: "cache=app,main=app2". */
export function loginsLabel(
	logins: Readonly<Record<string, string>>,
	{ databases }: Pick<PlannedService, "databases">,
): string {
	return Object.entries(logins)
		.filter(([database]) => databases?.includes(database) ?? true)
		.map((entry) => entry.join("="))
		.sort()
		.join(",");
}

/** What `loginsLabel` wrote. */
export function readLoginsLabel(label: string | undefined): [database: string, login: string][] {
	return (label ?? "")
		.split(",")
		.map((entry) => entry.split("="))
		.flatMap(([database, login]) => (database && login ? [[database, login] as [string, string]] : []));
}
