import type { Engine } from "../docker/engine";
import { exec } from "../docker/exec";
import { LineProcess } from "../docker/line-process";
import { StepError } from "../report";
import type { DatabaseAccess } from "./types";

/** Plain output: one line for each row, nothing else; the first error ends the process with PostgreSQL's own message. */
const PLAIN = ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set", "ON_ERROR_STOP=1"];

/** Codes of PostgreSQL for a table or a schema that is not there. */
const NOT_THERE = /ERROR: {2}(42P01|3F000):/;

/** @throws StepError where the database's container does not run. */
export async function assertDatabaseRuns(engine: Engine, { container }: DatabaseAccess): Promise<void> {
	const status = (await engine.inspect(container))?.status ?? "not there";
	if (status === "running") return;
	throw new StepError(`the database does not run: ${container} is ${status} (docker start ${container})`);
}

/**
 * One session of PostgreSQL, held for as long as it is not closed: `psql` in the database's container. It ends with the
 * process that holds it, however that one ends, and with it what the session has locked.
 */
export class PsqlSession {
	private readonly process: LineProcess;

	/** @param application Tells people in `pg_stat_activity` who this is; PostgreSQL keeps the first 63 characters. */
	constructor(engine: Engine, { container, user, name }: DatabaseAccess, application: string) {
		const connection = ["--username", user, "--dbname", name];
		const client = ["env", `PGAPPNAME=${application}`, "PGOPTIONS=-c client_min_messages=warning"];
		this.process = new LineProcess(engine, container, [...client, ...PLAIN, ...connection]);
	}

	/**
	 * The one value that `sql` yields, as text; it may be several statements, of which the last one answers.
	 * @throws StepError with PostgreSQL's message; the session has ended then, and its locks with it.
	 */
	async value(sql: string): Promise<string> {
		return this.process.ask(
			`${sql
				.replaceAll(/\s*\n\s*/g, " ")
				.trim()
				.replace(/;$/, "")};`,
		);
	}

	/** The one JSON value that `sql` yields. */
	async json<T>(sql: string): Promise<T> {
		return JSON.parse(await this.value(sql)) as T;
	}

	close(): void {
		this.process.close();
	}
}

/**
 * What a query of the settings yields: its first line; undefined where a table that it reads is not there yet.
 *
 * @param timeoutMs Longest time, in PostgreSQL and for all of it.
 * @throws StepError with PostgreSQL's message.
 */
export async function queryValue(
	engine: Engine,
	{ container, user, name }: DatabaseAccess,
	sql: string,
	timeoutMs: number,
): Promise<string | undefined> {
	const verbose = ["--set", "VERBOSITY=verbose", "--set", "SHOW_CONTEXT=never"];
	const command = [...PLAIN, ...verbose, "--username", user, "--dbname", name, "--command", sql];
	const env = { PGOPTIONS: `-c statement_timeout=${timeoutMs}` };
	const { exitCode, stdout, stderr } = await exec(engine, container, command, env, timeoutMs + 2_000);
	if (exitCode === 0) return stdout.split("\n")[0]?.trim() ?? "";
	if (NOT_THERE.test(stderr)) return undefined;
	const [first = ""] = stderr.trim().split("\n");
	throw new StepError(first.replace(/^ERROR: {2}\w{5}: /, "ERROR: ") || `psql ended with code ${exitCode}`);
}
