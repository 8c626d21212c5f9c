import { serverParameters } from "../databases/tuning";
import { type Problem, removeCommand, setCommand } from "../settings/problems";
import type { Database, Settings } from "../settings/schema";
import { dataVolumes } from "./database-record";
import { databaseName, LONGEST_CONTAINER_NAME, proxyName } from "./names";

/** What the schema cannot see of the databases: how they fit together, and what a server would not start with. */
export function checkDatabases(settings: Settings, prefix?: string): Problem[] {
	const named = Object.entries(settings.databases);
	return [
		...(prefix === undefined ? [] : checkLengths(settings, prefix)),
		...(prefix === undefined ? [] : checkVolumes(settings, prefix)),
		...checkPublishedPorts(settings),
		...named.flatMap(([name, database]) => [
			...checkParameters(name, database),
			...checkMemory(name, database),
			...checkCustom(name, database, settings),
		]),
	];
}

/**
 * A container's name is its DNS name as well. The proxy's, which ends with "-proxy", is never longer than that of a service's
 * replica, which is checked already.
 */
function checkLengths({ databases }: Settings, prefix: string): Problem[] {
	const long = (name: string) => name.length > LONGEST_CONTAINER_NAME;
	const tooLong = (name: string) =>
		`of ${name.length} characters; DNS names end at ${LONGEST_CONTAINER_NAME}.`;
	return Object.entries(databases).flatMap(([name, { type }]) => {
		const container = databaseName(prefix, name);
		if (!long(container)) return [];
		const room = name.length - (container.length - LONGEST_CONTAINER_NAME);
		const reason = `makes the container name ${container} ${tooLong(container)}`;
		if (room < 1) {
			const fix = ["pulumi stack rename '<name>'"];
			const allowed = "Allowed: a shorter name of the stack or the project.";
			return [{ path: ["databases", name], reason: `${reason} ${allowed}`, fix }];
		}
		const fix = [removeCommand(["databases", name]), setCommand(["databases", "NAME", "type"], type)];
		const most = room === 1 ? "1 character" : `${room} characters`;
		const allowed = `Allowed: the database under a name of at most ${most}.`;
		return [{ path: ["databases", name], reason: `${reason} ${allowed}`, fix }];
	});
}

/** Two servers on one volume destroy it. */
function checkVolumes({ databases }: Settings, prefix: string): Problem[] {
	const taken = new Map(
		["data", "config", "switch"].map((purpose) => [`${proxyName(prefix)}-${purpose}`, "the proxy"]),
	);
	return Object.entries(databases).flatMap(([name, database]) =>
		dataVolumes(prefix, name, database).flatMap((volume): Problem[] => {
			const owner = taken.get(volume);
			if (owner === undefined) {
				taken.set(volume, `database ${name}`);
				return [];
			}
			const path = ["databases", name, "volume"];
			const reason = `volume ${volume} is already that of ${owner}. Allowed: a volume that nothing else has.`;
			return [{ path, reason, fix: [removeCommand(path)] }];
		}),
	);
}

function checkPublishedPorts({ databases, proxy }: Settings): Problem[] {
	const taken = new Map([[proxy.httpPort, "the proxy"]]);
	return Object.entries(databases).flatMap(([name, { publishPort }]): Problem[] => {
		if (publishPort === undefined) return [];
		const owner = taken.get(publishPort);
		if (owner === undefined) {
			taken.set(publishPort, `database ${name}`);
			return [];
		}
		const path = ["databases", name, "publishPort"];
		const reason = `${publishPort} is already the port of ${owner}. Allowed: a port that nothing else has.`;
		return [{ path, reason, fix: [setCommand(path, String(publishPort + 1))] }];
	});
}

/** Parameters that the container's own set-up depends on, and what each is for. */
const OWN_PARAMETERS: Readonly<Record<Database["type"], Readonly<Record<string, string>>>> = {
	postgres: {
		port: "is 5432 inside the container, and publishPort on the host",
		listen_addresses: "is what the image says: all addresses of its network",
		data_directory: "is where the volume is",
		config_file: "is the image's",
		hba_file: "is the image's",
		ident_file: "is the image's",
		unix_socket_directories: "is the image's",
	},
	redis: {
		port: "is 6379 inside the container, and publishPort on the host",
		bind: "is what the image says: all addresses of its network",
		dir: "is where the volume is",
		requirepass: "is a random password, made and kept by Pulumi",
		user: "would let others in than those with the password",
		aclfile: "would let others in than those with the password",
		"protected-mode": "would close Redis to the services",
		include: "reads files that the container does not have",
		daemonize: "would end the container",
		unixsocket: "is the image's",
	},
	custom: {},
};

/** What PostgreSQL's manual says may destroy the whole database at a crash. */
const NEEDED_FOR_SAFETY = ["fsync", "full_page_writes"];
const OFF = ["off", "false", "no", "0", "f", "n"];

function checkParameters(name: string, database: Database): Problem[] {
	if (database.type === "custom") return [];
	return Object.entries(database.parameters).flatMap(([parameter, value]): Problem[] => {
		const path = ["databases", name, "parameters", parameter];
		const fix = [removeCommand(path)];
		const own = OWN_PARAMETERS[database.type][parameter];
		if (own !== undefined) return [{ path, reason: `${parameter} ${own}. Allowed: without it.`, fix }];
		if (database.type === "postgres" && NEEDED_FOR_SAFETY.includes(parameter) && OFF.includes(value)) {
			const reason = `"${value}" lets a crash of the host destroy the database. Allowed: on; synchronous_commit off is as quick, and loses the last commits at most.`;
			return [{ path, reason, fix }];
		}
		return [];
	});
}

/** What the server takes at its start, and the kernel would kill it for. */
const TAKEN_MEMORY: Readonly<Partial<Record<Database["type"], string>>> = {
	postgres: "shared_buffers",
	redis: "maxmemory",
};

function checkMemory(name: string, database: Database): Problem[] {
	const parameter = TAKEN_MEMORY[database.type];
	const limit = database.resources.memoryMb;
	if (parameter === undefined || limit === undefined) return [];
	const value = serverParameters(database)[parameter];
	const taken = value === undefined ? undefined : megabytes(database.type, value);
	if (taken === undefined || taken < limit) return [];
	const path = ["databases", name, "parameters", parameter];
	const reason = `"${value}" is not less than databases.${name}.resources.memoryMb, which is ${limit}: the kernel would end the server. Allowed: less; without it a share of memoryMb.`;
	return [{ path, reason, fix: [removeCommand(path)] }];
}

/** Undefined where the text is no size; the server itself says so, before anything is replaced. */
function megabytes(type: Database["type"], text: string): number | undefined {
	const [, digits, unit = ""] = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(text) ?? [];
	if (digits === undefined) return undefined;
	// PostgreSQL counts shared_buffers in blocks of 8 kB where nothing else is said, Redis counts bytes.
	const plain = type === "postgres" ? 8 / 1_024 : 1 / 1_048_576;
	const units: Record<string, number> = { "": plain, k: 1 / 1_024, kb: 1 / 1_024, m: 1, mb: 1, g: 1_024 };
	const size = { ...units, b: 1 / 1_048_576, gb: 1_024, tb: 1_048_576 }[unit.toLowerCase()];
	return size === undefined ? undefined : Number(digits) * size;
}

const PLACEHOLDERS = ["{host}", "{port}", "{password}"];

function checkCustom(name: string, database: Database, settings: Settings): Problem[] {
	if (database.type !== "custom") return [];
	const at = (...path: (string | number)[]) => ["databases", name, ...path];
	const problems: Problem[] = [];
	const strangers = (database.url.match(/\{[^}]*\}/g) ?? []).filter((one) => !PLACEHOLDERS.includes(one));
	if (strangers.length > 0 || !database.url.includes("{host}")) {
		const what = strangers.length > 0 ? `there is no ${strangers[0]}` : "the URL has no {host}";
		const reason = `${what}. Allowed: a template with {host}, and {port} and {password} where they are wanted.`;
		const example = "mongodb://root:{password}@{host}:{port}";
		problems.push({ path: at("url"), reason, fix: [setCommand(at("url"), example)] });
	}
	for (const [variable, value] of Object.entries(database.env)) {
		if (!value.includes("{password}")) continue;
		const reason = `{password} would be shown by docker inspect. Allowed: the file that has it, /run/secrets/password, under a variable that names a file.`;
		const fix = [removeCommand(at("env", variable))];
		if (!variable.endsWith("_FILE"))
			fix.push(setCommand(at("env", `${variable}_FILE`), "/run/secrets/password"));
		problems.push({ path: at("env", variable), reason, fix });
	}
	for (const list of [database.command ?? [], database.health.command]) {
		const index = list.findIndex((part) => part.includes("{password}"));
		if (index < 0) continue;
		const path = list === database.command ? at("command", index) : at("health", "command", index);
		const reason =
			'{password} would be shown by docker inspect. Allowed: read from its file, as in sh -c "… $(cat /run/secrets/password)".';
		problems.push({ path, reason, fix: [removeCommand(path)] });
	}
	database.secrets.forEach((wanted, index) => {
		if (Object.hasOwn(settings.secrets, wanted)) return;
		const reason = `there is no secret ${wanted}. Allowed: a name under secrets.`;
		problems.push({ path: at("secrets", index), reason, fix: [setCommand(["secrets", wanted], "<value>")] });
	});
	return problems;
}
