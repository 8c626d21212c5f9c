import { createHash } from "node:crypto";
import type { Phase } from "../../plan/migrations";
import { literal } from "../databases/sql";
import { durationText, type Reporter, StepError, sleep } from "../report";
import type { PsqlSession } from "./psql";

/** One run as the journal has it. */
export interface JournalRow {
	readonly id: number;
	readonly phase: Phase;
	readonly version: string;
	readonly revision: string | null;
	/** See `commandHash`. */
	readonly command: string;
	/** ISO 8601, UTC. */
	readonly started: string;
	/** Null: it runs, or the `up` that began it was interrupted. */
	readonly ended: string | null;
	/** Null where nothing ran. */
	readonly exitCode: number | null;
	readonly lastLines: readonly string[];
}

/** What tells one run from another. */
export type RunIdentity = Pick<JournalRow, "phase" | "version" | "revision" | "command">;

/** A command as the journal compares it: the same words are the same command. */
export function commandHash(command: readonly string[] | undefined): string {
	if (command === undefined) return "none";
	return createHash("sha256").update(JSON.stringify(command)).digest("hex").slice(0, 12);
}

/** Two keys of PostgreSQL's advisory locks: "bg" in ASCII, and which lock of ours. Known to nobody else by chance. */
const LOCK = "25191, 1";
const BETWEEN_ATTEMPTS_MS = 500;

/**
 * The journal of a database's migrations, kept in itself, so that it goes where the data goes: a schema that only the
 * database's owner sees.
 */
export class Journal {
	constructor(private readonly session: PsqlSession) {}

	/**
	 * Waits until no other run holds the lock, at most `deadlineMs`. It is held until the session ends.
	 * @throws StepError that says who holds it.
	 */
	async lock(deadlineMs: number, report: Reporter): Promise<void> {
		const start = performance.now();
		let told = "";
		for (;;) {
			if ((await this.session.value(`SELECT pg_try_advisory_lock(${LOCK})`)) === "t") return;
			const holder = (await this.holder()) || "a session that has just ended";
			const waited = performance.now() - start;
			if (waited > deadlineMs) {
				throw new StepError(
					`Another migration of this database has not ended after ${durationText(waited)}: ${holder} holds the lock.`,
				);
			}
			if (holder !== told) report.info(`waits for another migration of this database: ${holder}`);
			told = holder;
			await sleep(BETWEEN_ATTEMPTS_MS);
		}
	}

	private holder(): Promise<string> {
		return this.session.value(`
			SELECT coalesce((SELECT format('"%s" (PostgreSQL process %s, connected since %s)', application_name, pid,
				to_char(backend_start AT TIME ZONE 'UTC', 'HH24:MI:SS "UTC"'))
			FROM pg_locks JOIN pg_stat_activity USING (pid)
			WHERE locktype = 'advisory' AND (classid, objid) = (${LOCK}) AND granted
				AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1), '')`);
	}

	/** All runs, oldest first; makes the journal where there is none. */
	async rows(): Promise<JournalRow[]> {
		return this.session.json<JournalRow[]>(`${CREATE}; ${SELECT_ROWS}`);
	}

	/** @returns the id of the run that begins now. */
	async begin(run: RunIdentity): Promise<number> {
		return Number(await this.insert(run, "NULL", "NULL", "'[]'"));
	}

	/** Notes that nothing ran: `exitCode` 0 where there was nothing to run, null where it was not wanted. */
	async note(run: RunIdentity, exitCode: 0 | null, why: string): Promise<void> {
		await this.insert(run, "now()", exitCode === null ? "NULL" : "0", literal(JSON.stringify([why])));
	}

	private insert(run: RunIdentity, ended: string, exitCode: string, lines: string): Promise<string> {
		const { phase, version, revision, command } = run;
		const texts = [phase, version, revision ?? undefined, command].map(literal).join(", ");
		return this.session.value(`WITH made AS (
			INSERT INTO blue_green.migrations (phase, version, revision, command, ended, exit_code, last_lines)
			VALUES (${texts}, ${ended}, ${exitCode}, ${lines}::jsonb) RETURNING id) SELECT id FROM made`);
	}

	/** Records how a run ended; one that is recorded already stays as it is. */
	async end(id: number, exitCode: number | null, lastLines: readonly string[]): Promise<void> {
		const lines = literal(JSON.stringify(lastLines));
		await this.session.value(`WITH done AS (
			UPDATE blue_green.migrations SET ended = now(), exit_code = ${exitCode ?? "NULL"}, last_lines = ${lines}::jsonb
			WHERE id = ${id} AND ended IS NULL RETURNING 1) SELECT count(*) FROM done`);
	}

	/**
	 * Ends what sessions a container has left behind: PostgreSQL works on for a client that was killed, and a statement that
	 * waits for a lock would make everybody wait who comes after it.
	 *
	 * @param address Of the container on the databases' network.
	 * @param until When it ended, ISO 8601: whoever gets the address later is left alone.
	 */
	async endSessionsOf(address: string, until: string): Promise<number> {
		const sessions = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE client_addr = ${literal(address)}::inet AND backend_start <= ${literal(until)}::timestamptz`;
		return Number(await this.session.value(`WITH ended AS (${sessions}) SELECT count(*) FROM ended`));
	}
}

const CREATE = `
	CREATE SCHEMA IF NOT EXISTS blue_green;
	CREATE TABLE IF NOT EXISTS blue_green.migrations (
		id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		phase text NOT NULL,
		version text NOT NULL,
		revision text,
		command text NOT NULL,
		started timestamptz NOT NULL DEFAULT now(),
		ended timestamptz,
		exit_code integer,
		last_lines jsonb NOT NULL DEFAULT '[]'
	)`;

/** For those who only read: fails where there is no journal yet. */
export const SELECT_ROWS = `
	SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'phase', phase, 'version', version, 'revision', revision,
		'command', command, 'started', started, 'ended', ended, 'exitCode', exit_code, 'lastLines', last_lines)
		ORDER BY id), '[]') FROM blue_green.migrations`;
