import { migratorRole, readWriteRole } from "../../plan/logins";
import type { Engine } from "../docker/engine";
import { execWithInput } from "../docker/exec";
import { peekRun } from "../docker/peek";
import { type Change, changes, type PostgresWanted } from "./postgres-change";
import { lookSql, type PostgresSeen } from "./postgres-look";
import { literal } from "./sql";
import { type DatabaseLoginsInputs, NotYet, type Store } from "./store";

/** Longest time for all statements of one attempt. */
const TIMEOUT_MS = 60_000;
/** A table whose lock is waited for blocks who comes after: rather give up soon, and try again. */
const LOCK_TIMEOUT_MS = 500;
/** What is over in a moment: a server that starts or stops, a lock, two that change the same thing at once. */
const PASSING =
	/starting up|shutting down|not yet accepting|Connection refused|No such file or directory|lock timeout|deadlock detected|concurrently updated|too many clients/;

/**
 * PostgreSQL's roles, through psql in the database's own container: over its local socket, which needs no password, so that
 * the superuser's goes over no network.
 */
export class PostgresRoles implements Store {
	readonly name: string;
	private readonly wanted: PostgresWanted;

	/** @param engine Needed for `apply` only. */
	constructor(
		private readonly inputs: DatabaseLoginsInputs,
		private readonly engine?: Engine,
	) {
		const { container, database = "", access = "owner", logins, passwords } = inputs;
		this.name = `PostgreSQL in ${container}`;
		this.wanted = { database, superuser: database, access, logins, passwords };
	}

	async drift(): Promise<string[]> {
		return changes(this.wanted, await this.look()).map(({ finding }) => finding);
	}

	async apply(): Promise<{ done: string[] }> {
		const seen = await this.look();
		const todo = changes(this.wanted, seen);
		if (todo.length > 0) await this.run(todo.flatMap(({ sql }) => sql));
		const left = todo.length === 0 ? [] : await this.drift();
		if (left.length > 0) throw new Error(`still so after it was mended: ${left.join("; ")}`);
		return { done: this.told(todo, seen) };
	}

	/** What was done. Of a database that had no roles before it is enough to say which it has now. */
	private told(todo: readonly Change[], { roles, strangers }: PostgresSeen): string[] {
		const { database, superuser, logins } = this.wanted;
		const [migrator, readWrite] = [migratorRole(database), readWriteRole(database)];
		if (roles.some(({ name }) => name === readWrite))
			return todo.map(({ finding, end }) => `${finding}: ${end}`);
		const handedOver = `${strangers.length} objects of ${superuser}: now ${migrator}'s`;
		const made = `roles ${[readWrite, migrator, ...logins].join(", ")}: made`;
		return strangers.length === 0 ? [made] : [made, handedOver];
	}

	private async look(): Promise<PostgresSeen> {
		const { database, superuser } = this.wanted;
		const sql = lookSql(superuser, migratorRole(database), readWriteRole(database));
		const command = [...this.psql(), "--command", sql];
		const { exitCode, stdout, stderr } = await peekRun(this.inputs.container, command, TIMEOUT_MS);
		if (exitCode !== 0) throw failure(stderr);
		return JSON.parse(stdout) as PostgresSeen;
	}

	/** On standard input: a command line is seen by everybody who may list processes. */
	private async run(statements: readonly string[]): Promise<void> {
		if (this.engine === undefined) throw new Error("roles are changed through an Engine");
		// Not even what is stored of a password belongs into the server's log.
		const settings = {
			log_statement: "none",
			log_min_duration_statement: "-1",
			log_min_error_statement: "panic",
			lock_timeout: `${LOCK_TIMEOUT_MS}ms`,
			search_path: "",
		};
		const set = Object.entries(settings).map(([name, value]) => `SET ${name} = ${literal(value)}`);
		const script = [...set, ...statements].map((statement) => `${statement};\n`).join("");
		const { container } = this.inputs;
		const ran = await execWithInput(this.engine, container, this.psql(), `${script}\\q\n`, TIMEOUT_MS);
		if (ran.exitCode !== 0) throw failure(ran.stderr);
	}

	private psql(): string[] {
		const { superuser, database } = this.wanted;
		const quiet = ["--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--no-align"];
		return ["psql", ...quiet, "--set", "ON_ERROR_STOP=1", "--username", superuser, "--dbname", database];
	}
}

/** PostgreSQL's own words, without what it quotes of a statement that holds a verifier. */
function failure(stderr: string): Error {
	const text = stderr.trim().replaceAll(/SCRAM-SHA-256\$[^'\s]*/g, "…");
	return PASSING.test(text) ? new NotYet(text) : new Error(text);
}
