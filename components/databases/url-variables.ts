import type { Database } from "../settings/schema";

const STANDARD: Partial<Record<Database["type"], string>> = { postgres: "DATABASE_URL", redis: "REDIS_URL" };

/**
 * The environment variable that carries each database's URL: the name the settings give, else the customary one
 * (DATABASE_URL, REDIS_URL) where there is one database of the type, else NAME_URL.
 */
export function urlVariables(databases: Readonly<Record<string, Database>>): Record<string, string> {
	const count = (type: Database["type"]) =>
		Object.values(databases).filter((other) => other.type === type).length;
	return Object.fromEntries(
		Object.entries(databases).map(([name, database]) => {
			const own = `${name.toUpperCase().replaceAll("-", "_")}_URL`;
			const usual = count(database.type) === 1 ? STANDARD[database.type] : undefined;
			return [name, database.urlVariable ?? usual ?? own];
		}),
	);
}
