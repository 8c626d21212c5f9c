import { readFileSync } from "node:fs";
import path from "node:path";
import { parse as parseYaml } from "yaml";
import { backupsVolume, databaseName, stackPrefix } from "../../components/plan/names";
import type { BackupInputs } from "../../components/runtime/backup/backup";
import type { S3Access } from "../../components/runtime/backup/s3";
import type { BackupStore } from "../../components/runtime/backup/worker";
import { messageOf } from "../../components/runtime/report";
import { reach } from "../../components/runtime/ssh/reach";
import { type Parsed, parse } from "../../components/settings/parse";
import { renderProblems } from "../../components/settings/problems";
import { type Settings, settings as schema } from "../../components/settings/schema";
import { projectFolder, toolEnvironment } from "../lib/environment";
import { Problem } from "../lib/problem";
import { run } from "../lib/run";

/** A stack as the commands for backups need it: its settings, and how `pulumi` is called for it. */
export interface StackOfBackups {
	readonly name: string;
	/** What the names of its containers begin with. */
	readonly prefix: string;
	readonly settings: Settings;
	/** Environment for `pulumi`: that of scripts/setup, or the person's own where the stack is elsewhere. */
	readonly env: NodeJS.ProcessEnv;
	/** Databases that can be backed up, by name. */
	readonly databases: Readonly<Record<string, BackupPlace>>;
}

type BackupPlace = Pick<BackupInputs, "stack" | "database" | "type" | "container" | "store">;

/** A stack's settings as they stand, whether they are right or not. */
export interface StackConfiguration extends Pick<StackOfBackups, "name" | "prefix" | "env"> {
	readonly project: string;
	readonly settings: Parsed<Settings>;
	/** Why the setting `host` leads nowhere; unset: it does lead there, or there is none. */
	readonly unreachable?: string;
}

/** @param wanted Name of the stack. Default: the one that is selected. @throws Problem where it cannot be read. */
export async function readStack(wanted: string | undefined): Promise<StackOfBackups> {
	const { settings: parsed, project, unreachable, ...stack } = await readConfiguration(wanted);
	if ("problems" in parsed) throw new Problem(renderProblems(parsed.problems, stack.name));
	if (unreachable !== undefined) throw new Problem(unreachable);
	return { ...stack, settings: parsed.value, databases: placesOf(parsed.value, stack.name, project) };
}

/** `readStack`, of which wrong settings are a part. */
export async function readConfiguration(wanted: string | undefined): Promise<StackConfiguration> {
	const { env, name, config } = await firstThatKnows(wanted);
	const raw = Object.fromEntries(
		Object.entries(config).map(([key, entry]) => [
			key.slice(key.indexOf(":") + 1),
			entry.objectValue ?? entry.value,
		]),
	);
	const settings = parse(schema, raw, ([first]) => first === "secrets");
	// The Docker clients read it from this process's own environment.
	if (env.DOCKER_HOST) process.env.DOCKER_HOST = env.DOCKER_HOST;
	const host = "value" in settings ? settings.value.host : undefined;
	const unreachable = await reach(host).then(() => undefined, messageOf);
	const project = projectName();
	const prefix = stackPrefix(project, name);
	return { name, project, prefix, settings, env, ...(unreachable !== undefined && { unreachable }) };
}

interface ConfigEntry {
	readonly value?: string;
	readonly objectValue?: unknown;
}

/** The shell's own backend where it names one; else that of scripts/setup; else what `pulumi login` chose. */
async function firstThatKnows(wanted: string | undefined) {
	const set = toolEnvironment();
	const own: NodeJS.ProcessEnv = { ...process.env, PATH: set.PATH };
	const candidates = process.env.PULUMI_BACKEND_URL === undefined ? [set, own] : [own];
	let problem: unknown;
	for (const env of candidates) {
		const pulumi = (...args: string[]) =>
			run("pulumi", args, {
				what: `reading the settings of stack ${wanted ?? "(selected)"}`,
				cwd: projectFolder,
				env,
			});
		try {
			const name = wanted ?? (await pulumi("stack", "--show-name"));
			const text = await pulumi("config", "--json", "--stack", name);
			return { env, name, config: JSON.parse(text) as Record<string, ConfigEntry> };
		} catch (error) {
			problem ??= error;
		}
	}
	throw problem;
}

/** As in Pulumi.yaml. */
function projectName(): string {
	const { name } = parseYaml(readFileSync(path.join(projectFolder, "Pulumi.yaml"), "utf8")) as {
		name: string;
	};
	return name;
}

function placesOf(settings: Settings, stack: string, project: string): Record<string, BackupPlace> {
	const prefix = stackPrefix(project, stack);
	const { folder } = settings.backups;
	const store: BackupStore = folder === undefined ? { volume: backupsVolume(prefix) } : { folder };
	return Object.fromEntries(
		Object.entries(settings.databases).flatMap(([database, { type }]) => {
			if (type !== "postgres" && type !== "redis") return [];
			const container = databaseName(prefix, database);
			const label = `${project}/${stack.split("/").at(-1) ?? stack}`;
			return [[database, { stack: label, database, type, container, store }] as const];
		}),
	);
}

/** The S3-compatible store of the stack with its keys; undefined where the settings name none. */
export async function s3Of({ name, settings, env }: StackOfBackups): Promise<S3Access | undefined> {
	const { s3 } = settings.backups;
	if (s3 === undefined) return undefined;
	const secret = (key: string) =>
		run("pulumi", ["config", "get", "--path", `secrets.${key}`, "--stack", name], {
			what: `reading the secret ${key} of stack ${name}`,
			cwd: projectFolder,
			env,
		});
	const [accessKey, secretKey] = await Promise.all([secret(s3.accessKey), secret(s3.secretKey)]);
	const { endpoint, bucket, prefix, region } = s3;
	return { endpoint, bucket, region, accessKey, secretKey, ...(prefix !== undefined && { prefix }) };
}

/** @throws Problem where there is no such database. */
export function placeOf({ databases, name }: StackOfBackups, database: string): BackupPlace {
	const place = databases[database];
	if (place !== undefined) return place;
	const known = Object.keys(databases).join(", ") || "none";
	throw new Problem(
		`The stack ${name} has no database ${database} that can be backed up. There are: ${known}.`,
	);
}
