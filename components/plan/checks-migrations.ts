import { type Problem, removeCommand, setCommand } from "../settings/problems";
import { COLORS, type ReleaseSettings, type Settings } from "../settings/schema";
import { hasMigrations, migratedDatabase } from "./migrations";

/** Variables that every one-shot container of a migration gets from us. */
const RESERVED = ["COLOR", "VERSION", "REVISION", "PHASE"] as const;

/** How the settings of migrations fit together, and with the services. */
export function checkMigrations(settings: ReleaseSettings): Problem[] {
	const { migrations, services, colors } = settings;
	const problems: Problem[] = [];
	const say = (path: readonly string[], reason: string, ...fix: string[]) =>
		problems.push({ path, reason, fix });
	const { service, image, closed, contract, schema, env } = migrations;
	if (service !== undefined && !Object.hasOwn(services, service)) {
		const path = ["migrations", "service"];
		const known = Object.keys(services);
		say(
			path,
			`there is no service ${service}. Allowed: ${known.join(", ")}.`,
			setCommand(path, known[0] ?? ""),
		);
	}
	if (image !== undefined && !image.includes("{version}")) {
		const path = ["migrations", "image"];
		const reason = `"${image}" is the same image for every version. Allowed: a template with {version}.`;
		say(path, reason, setCommand(path, `${image.replace(/:[^:/]*$/, "")}:{version}`));
	}
	if (closed !== undefined && contract === undefined) {
		const reason = "closes the way back for nothing: there is no migrations.contract. Allowed: with it only.";
		say(["migrations", "closed"], reason, removeCommand(["migrations", "closed"]));
	}
	for (const name of Object.keys(env).filter((name) => RESERVED.some((one) => one === name))) {
		const path = ["migrations", "env", name];
		const reason = `${name} is given to every migration by the release itself. Allowed: any name but ${RESERVED.join(", ")}.`;
		say(path, reason, removeCommand(path));
	}
	for (const color of COLORS.filter((one) => colors[one].schema !== undefined && schema === undefined)) {
		const reason =
			"needs migrations.schema: where the schema's current version is read. Allowed: with it only.";
		say(
			["colors", color, "schema"],
			reason,
			setCommand(["migrations", "schema", "tool"], "schema_migrations"),
		);
	}
	return problems;
}

/** The database that is migrated: there has to be one, and only one can be meant. */
export function checkMigratedDatabase(settings: Settings): Problem[] {
	const { migrations, databases } = settings;
	if (!hasMigrations(settings) && migrations.schema === undefined && migrations.database === undefined)
		return [];
	if (migratedDatabase(settings, databases) !== undefined) return [];
	const path = ["migrations", "database"];
	const all = Object.keys(databases).filter((name) => databases[name]?.type === "postgres");
	const allowed = all.length === 0 ? "declare a PostgreSQL under databases first" : all.join(", ");
	const what =
		migrations.database === undefined
			? `missing: ${all.length === 0 ? "there is no PostgreSQL" : "there are several"}`
			: `there is no PostgreSQL ${migrations.database}`;
	const fix =
		all[0] === undefined ? setCommand(["databases", "main", "type"], "postgres") : setCommand(path, all[0]);
	return [{ path, reason: `${what}. Allowed: ${allowed}.`, fix: [fix] }];
}
