import { peekFile } from "../docker/peek";
import { excerpt, StepError } from "../report";
import type { Dumper } from "./dumper";
import type { Worker } from "./worker";

/** Who the database's superuser is, from the official image's contract of environment variables. */
export interface PostgresOwner {
	readonly user: string;
	readonly database: string;
	/** Empty where the container does not tell. */
	readonly password: string;
}

/** @param env Of the database's container: "POSTGRES_USER=shop" … */
export async function postgresOwner(container: string, env: readonly string[]): Promise<PostgresOwner> {
	const of = variables(env);
	const user = of.POSTGRES_USER ?? "postgres";
	const file = of.POSTGRES_PASSWORD_FILE;
	const password = file === undefined ? of.POSTGRES_PASSWORD : await peekFile(container, file);
	return { user, database: of.POSTGRES_DB ?? user, password: password?.trim() ?? "" };
}

export function variables(env: readonly string[]): Record<string, string | undefined> {
	return Object.fromEntries(
		env.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
	);
}

/**
 * What the PostgreSQL programs need to connect as the owner. They come over the database's own loopback, where the image asks for no
 * password unless it was told to; the file is for where it was.
 */
export async function connection(worker: Worker, owner: PostgresOwner): Promise<Record<string, string>> {
	const escaped = owner.password.replaceAll(/[\\:]/g, (sign) => `\\${sign}`);
	const file = await worker.secret("pgpass", `*:*:*:*:${escaped}\n`);
	return {
		PGHOST: "127.0.0.1",
		PGUSER: owner.user,
		PGDATABASE: owner.database,
		PGPASSFILE: file,
		PGCONNECT_TIMEOUT: "10",
	};
}

/** A dump waits for a lock that somebody holds on a table (ALTER TABLE) for this long, and then says so. */
const LOCK_WAIT_SECONDS = 60;
const COMPLETE = "-- the dump was read to its end";

export async function postgresDumper(worker: Worker, owner: PostgresOwner): Promise<Dumper> {
	const env = await connection(worker, owner);
	return {
		async measure() {
			const sql = "SELECT pg_database_size(current_database()), current_setting('server_version')";
			const [bytes, serverVersion] = (await query(worker, env, sql)).split("\t");
			return { bytes: Number(bytes), serverVersion: serverVersion ?? "" };
		},
		async dump(path) {
			const wait = `--lock-wait-timeout=${LOCK_WAIT_SECONDS}s`;
			await worker.run(["pg_dump", "--format=custom", "--no-password", wait, `--file=${path}`], env);
		},
		verify: (path) => readDump(worker, path),
		async dumpRoles(path) {
			await worker.run(["pg_dumpall", "--roles-only", "--no-password", `--file=${path}`], env);
		},
	};
}

/** Lines of a query's answer, columns apart by tabs. */
export async function query(
	worker: Worker,
	env: Readonly<Record<string, string>>,
	sql: string,
	database?: string,
): Promise<string> {
	const target = database === undefined ? [] : [`--dbname=${database}`];
	const options = ["--no-psqlrc", "--no-password", "--tuples-only", "--no-align", "--field-separator=\t"];
	const command = ["psql", ...options, "--set=ON_ERROR_STOP=1", ...target, "--command", sql];
	return (await worker.run(command, env)).trim();
}

/**
 * Reads a whole dump as a restore would, and counts the rows of each table. `pg_restore --list` reads the table of contents alone, which
 * stands at the beginning: it finds nothing wrong with a dump of which the second half is missing.
 */
export async function readDump(worker: Worker, path: string): Promise<Record<string, number>> {
	// A row is one line of COPY's text format, whatever is in it. The last line comes only where pg_restore ended well.
	const count = `
		!copying && /^COPY .* FROM stdin;$/ { copying = 1; table = $0; rows = 0; next }
		copying && /^\\\\\\.$/ { copying = 0; printf "%d\\t%s\\n", rows, table; next }
		copying { rows++; next }
		$0 == "${COMPLETE}" { print }`;
	const script = `{ pg_restore --data-only --file=- "$1" && echo "$2"; } | awk "$3"`;
	const result = await worker.try(["sh", "-c", script, "sh", path, COMPLETE, count]);
	const lines = result.stdout.trimEnd().split("\n");
	if (lines.pop() !== COMPLETE) {
		const said = excerpt(result.stderr.trim() || "pg_restore ended before its end", 1_000);
		throw new StepError(`it cannot be read as a dump of PostgreSQL: ${said}`);
	}
	return Object.fromEntries(
		lines.flatMap((line) => {
			const [rows = "", copy = ""] = line.split("\t");
			const table = tableOf(copy);
			return table === undefined ? [] : [[table, Number(rows)] as const];
		}),
	);
}

/** The table of a line such as `COPY public."Order" (id, name) FROM stdin;`, quoted as it stands there. */
export function tableOf(copy: string): string | undefined {
	return /^COPY ((?:[^"\s.]+|"(?:[^"]|"")+")\.(?:[^"\s.]+|"(?:[^"]|"")+"))[ (]/.exec(copy)?.[1];
}
