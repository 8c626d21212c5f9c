import { type BackupInputs, backUp } from "../backup/backup";
import { Engine } from "../docker/engine";
import { messageOf, type Reporter, StepError } from "../report";
import { loss, reach } from "../ssh/reach";
import { queryValue } from "./psql";
import { runMigration } from "./run";
import type { BeforeStep, MigrationInputs, MigrationSecrets } from "./types";

/** Variables by which the command resource gives the runner its inputs, as JSON. */
export const INPUTS_VARIABLE = "BLUE_GREEN_MIGRATION";
/** Longest time for the query that reads the schema's version; a backup does without. */
const SCHEMA_MS = 10_000;
export const SECRETS_VARIABLE = "BLUE_GREEN_MIGRATION_SECRETS";

/** What a backup needs to know, as JSON with the keys of its store; not set where none is taken. */
export const BACKUP_VARIABLE = "BLUE_GREEN_BACKUP";

/** The stack's Docker host; not set where DOCKER_HOST is to be asked. */
export const HOST_VARIABLE = "BLUE_GREEN_HOST";

/** What is done before expand and contract change the database: it is backed up, or they do not begin. */
function backupFirst(text: string | undefined, engine: Engine, report: Reporter): BeforeStep {
	if (text === undefined)
		return async () => report.warn("no backup is taken first (backups.beforeMigrations)");
	const known = JSON.parse(text) as Omit<BackupInputs, "reason">;
	return async ({ phase, version, schemaQuery, database }) => {
		const schema =
			schemaQuery && (await queryValue(engine, database, schemaQuery, SCHEMA_MS).catch(() => undefined));
		const of = { ...known, version, reason: phase, ...(schema && { schemaVersion: schema }) };
		await backUp(engine, of, report);
	};
}

/**
 * What `command.local.Command` starts: one migration, its lines on standard error as they come, and at the end its record
 * as one line of JSON on standard output, which becomes the resource's output.
 */
export async function main(env: NodeJS.ProcessEnv = process.env): Promise<void> {
	const inputs = JSON.parse(env[INPUTS_VARIABLE] ?? "") as MigrationInputs;
	const secrets = JSON.parse(env[SECRETS_VARIABLE] ?? "{}") as MigrationSecrets;
	const hide = hiding(secrets);
	const what = `${inputs.phase} ${inputs.version}`;
	const say = (line: string) => void process.stderr.write(`${hide(line)}\n`);
	const report: Reporter = {
		info: (line) => say(`${what}: ${line}`),
		warn: (line) => say(`${what}: warning: ${line}`),
	};
	const output = new Throttle((line) => say(`${what}: ${line}`));
	try {
		await reach(env[HOST_VARIABLE]);
		const engine = new Engine();
		const record = await runMigration(inputs, {
			engine,
			secrets,
			report,
			print: (line) => output.print(line),
			before: backupFirst(env[BACKUP_VARIABLE], engine, report),
		});
		process.stdout.write(`${hide(JSON.stringify(record))}\n`);
	} catch (error) {
		// What else went wrong is a mistake of ours, and wants its stack trace.
		const text = error instanceof StepError || !(error instanceof Error) ? messageOf(error) : error.stack;
		say(text ?? messageOf(error));
		const lost = loss();
		if (lost !== undefined) say(lost);
		process.exitCode = 1;
	}
}

/** A tool may well print the URL that it could not connect to: takes out the secrets and the passwords in them. */
function hiding(secrets: MigrationSecrets): (text: string) => string {
	const values = Object.values(secrets).flatMap((value) => [value, passwordIn(value)]);
	const hidden = values.filter((value) => value.length > 3);
	return (text) => hidden.reduce((seen, value) => seen.replaceAll(value, "***"), text);
}

function passwordIn(value: string): string {
	return URL.canParse(value) ? decodeURIComponent(new URL(value).password) : "";
}

/** From here on one line a second is shown: a backfill of hours must not fill the state, which keeps all that is shown. */
const SHOWN_IN_FULL = 500;

class Throttle {
	private count = 0;
	private lastMs = 0;

	constructor(private readonly show: (line: string) => void) {}

	print(line: string): void {
		if (++this.count === SHOWN_IN_FULL) this.show(`${line} (from here on one line a second is shown)`);
		else if (this.count < SHOWN_IN_FULL || performance.now() - this.lastMs > 1_000) {
			this.lastMs = performance.now();
			this.show(line);
		}
	}
}
