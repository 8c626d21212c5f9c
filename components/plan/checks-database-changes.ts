import { type Problem, removeCommand, setCommand } from "../settings/problems";
import type { Database } from "../settings/schema";
import { dataVolumes } from "./database-record";
import { isOlder, postgresMajor } from "./image-version";
import { databaseName } from "./names";
import { upgradeCommands } from "./postgres-upgrade";
import type { DatabaseRecord, Deployed } from "./types";

/**
 * Changes of the settings that would lose the data of a database which is there, or cut the services off from it. Pure.
 * What the names of images do not tell, `runDatabaseCheck` finds before the container is touched.
 *
 * @param stack Value of the label `blue-green.stack`.
 */
export function checkDatabaseChanges(
	databases: Readonly<Record<string, Database>>,
	deployed: Deployed,
	prefix: string,
	stack: string,
): Problem[] {
	// Docker lists the newest first; people read them in the same order every time.
	const there = Object.entries(deployed.databases ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
	return there.flatMap(([name, before]): Problem[] => {
		const database = databases[name];
		if (database === undefined) return [removed(name, before, prefix, stack)];
		if (database.type !== before.type) return [otherType(name, database, before)];
		const restored = deployed.databaseVolumes?.[name] ?? [];
		return [
			...otherName(name, database, before),
			...otherVolume(name, database, before, restored, prefix),
			...otherFolders(name, database, before),
			...otherVersion(name, database, before, prefix, stack),
		];
	});
}

/** What it is that must not be cut off. */
function withData(before: DatabaseRecord): string {
	return before.volume === undefined ? "" : `, with its data in volume ${before.volume}`;
}

function removed(name: string, before: DatabaseRecord, prefix: string, stack: string): Problem {
	const container = databaseName(prefix, name);
	const back = ["type", "image", "database"].flatMap((key) => {
		const value = before[key];
		return typeof value === "string" ? [setCommand(["databases", name, key], value)] : [];
	});
	const reason = `missing, but it runs as ${container}${withData(before)}. Allowed: as it was, under the same name.`;
	return {
		path: ["databases", name],
		reason,
		fix: [...back, ...removalCommands(name, container, before, stack)],
	};
}

/** Its container goes, and then its resources from the state; the volumes stay on the host. */
function removalCommands(name: string, container: string, before: DatabaseRecord, stack: string): string[] {
	const [project, stackName] = stack.split("/");
	const urn = (type: string, resource: string) =>
		`'urn:pulumi:${stackName}::${project}::blue-green:index:SharedDatabases$${type}::${resource}'`;
	const further = (before.volumes ?? []).slice(1).map((_, index) => `${before.volume}-${index + 2}`);
	const volumes = before.volume === undefined ? [] : [before.volume, ...further];
	const kept = [
		...volumes.map((volume) => urn("docker:index/volume:Volume", volume)),
		urn("random:index/randomPassword:RandomPassword", `${container}-password`),
	];
	return [
		`# or, to do without ${name} for good; its volume stays on the host:`,
		`docker stop ${container} && docker rm ${container}`,
		...kept.map((one) => `pulumi state unprotect --yes ${one}`),
		"pulumi up --refresh",
	];
}

function otherType(name: string, database: Database, before: DatabaseRecord): Problem {
	const path = ["databases", name, "type"];
	const reason = `${database.type} cannot take over the data of ${before.type}${withData(before).replace(",", "")}. Allowed: ${before.type}; the new one under a name of its own.`;
	const fix = [setCommand(path, before.type), setCommand(["databases", "NAME", "type"], database.type)];
	return { path, reason, fix };
}

function otherName(name: string, database: Database, before: DatabaseRecord): Problem[] {
	if (database.type !== "postgres" || before.database === undefined) return [];
	if (database.database === before.database) return [];
	const path = ["databases", name, "database"];
	const reason = `the data is in PostgreSQL's database ${before.database}; services would look for ${database.database}, which is not there. Allowed: ${before.database}.`;
	return [{ path, reason, fix: [setCommand(path, before.database)] }];
}

/** Another volume is right only where somebody has put this database's data there, and has labelled it so. */
function otherVolume(
	name: string,
	database: Database,
	before: DatabaseRecord,
	restored: readonly string[],
	prefix: string,
): Problem[] {
	const [wanted] = dataVolumes(prefix, name, database);
	if (before.volume === undefined || wanted === before.volume) return [];
	if (wanted !== undefined && restored.includes(wanted)) return [];
	const path = ["databases", name, "volume"];
	const isDefault = before.volume === `${databaseName(prefix, name)}-data`;
	const back = isDefault ? removeCommand(path) : setCommand(path, before.volume);
	if (wanted === undefined) {
		const reason = `its data is in volume ${before.volume}, and it would be without. Allowed: as it was.`;
		return [
			{
				path: ["databases", name, "stateless"],
				reason,
				fix: [removeCommand(["databases", name, "stateless"])],
			},
		];
	}
	const reason = `its data is in volume ${before.volume}; in ${wanted} no restore has put any: there is no such volume with the label blue-green.database=${name}. Allowed: ${before.volume}, or a volume that npm run restore has filled.`;
	return [{ path, reason, fix: [back] }];
}

/** The first folder of a custom one is on the first volume, and so on. */
function otherFolders(name: string, database: Database, before: DatabaseRecord): Problem[] {
	if (database.type !== "custom" || database.volumes.length === 0) return [];
	if (before.volumes === undefined) return [];
	const moved = before.volumes.findIndex((folder, index) => database.volumes[index] !== folder);
	if (moved < 0) return [];
	const path = ["databases", name, "volumes", moved];
	const now = database.volumes[moved];
	const reason = `${now ?? "nothing"} would be in the place of ${before.volumes[moved]}, and its data out of reach. Allowed: the folders as they were, and new ones after them.`;
	const fix = before.volumes.map((folder, index) =>
		setCommand(["databases", name, "volumes", index], folder),
	);
	return [{ path, reason, fix }];
}

/** PostgreSQL reads the files of its own major version only; Redis and others read those of older ones at most. */
function otherVersion(
	name: string,
	database: Database,
	before: DatabaseRecord,
	prefix: string,
	stack: string,
): Problem[] {
	const path = ["databases", name, "image"];
	const back = setCommand(path, before.image);
	const [wanted] = dataVolumes(prefix, name, database);
	// What is in another volume, the names of images do not tell.
	if (wanted !== before.volume) return [];
	if (database.type === "postgres") {
		const [old, now] = [postgresMajor(before.image), postgresMajor(database.image)];
		if (old === undefined || now === undefined || old === now) return [];
		const reason = `"${database.image}" is PostgreSQL ${now}, which cannot read the data of PostgreSQL ${old} in volume ${before.volume}. Allowed: PostgreSQL ${old}; or everything dumped and restored into a fresh volume, while nothing writes.`;
		const commands = upgradeCommands({
			database: name,
			container: databaseName(prefix, name),
			volume: before.volume ?? "",
			owner: database.database,
			stack,
			image: database.image,
		});
		return [{ path, reason, fix: [back, "# or, the way to the other version:", ...commands] }];
	}
	if (!isOlder(before.image, database.image)) return [];
	const reason = `"${database.image}" is older than ${before.image}, which has written the data: it may not read it. Allowed: ${before.image} or newer.`;
	return [{ path, reason, fix: [back] }];
}
