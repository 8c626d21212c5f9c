import type { Engine } from "../docker/engine";
import { exec } from "../docker/exec";
import { excerpt, messageOf, type Reporter, StepError, sleep } from "../report";
import { connection, postgresOwner, query, readDump, variables } from "./postgres";
import type { Fill, RestoreInputs, RestoreSource } from "./restore";
import type { Worker } from "./worker";

/** The maintenance database that every cluster has: a database cannot be replaced from inside itself. */
const MAINTENANCE = "postgres";
/** Longest time for the image to make a new cluster. */
const INIT_MS = 180_000;
const STOP_MS = 60_000;

/** Restores a dump of PostgreSQL with its owners, rights, settings and roles. */
export const fillPostgres: Fill = async (engine, worker, inputs, source, backup, report) => {
	report.info("reading the whole dump");
	const wanted = await readDump(worker, backup.path);
	const owner = await postgresOwner(inputs.container, source.env);
	const roles = await rolesText(engine, worker, inputs, source, owner.user, backup.rolesPath, report);

	report.info("making a new database cluster");
	const env = await connection(worker, owner);
	await providePassword(worker, source.env, owner.password);
	const server = startServer(worker);
	await ready(worker, env, server);
	if (roles !== undefined) await restoreRoles(worker, env, roles);
	report.info(`restoring ${Object.keys(wanted).length} tables`);
	await restoreDump(worker, env, backup.path, owner.database);
	report.info("counting rows, and gathering statistics for the planner");
	const counts = await countRows(worker, env, Object.keys(wanted));
	compare(wanted, counts);
	await query(worker, env, "ANALYZE");
	await stopServer(worker, server);
	return counts;
};

/** The image reads it where its environment says; the volume is new, but the password stays. */
async function providePassword(worker: Worker, env: readonly string[], password: string): Promise<void> {
	const file = variables(env).POSTGRES_PASSWORD_FILE;
	if (file === undefined) return;
	const written = await worker.secret("postgres-password", password);
	await worker.sh('mkdir -p "$(dirname "$1")" && cp "$2" "$1" && chmod 444 "$1"', [file, written]);
}

/** What the server's process printed, once it has ended. */
interface Server {
	readonly ended: Promise<string>;
	isUp(): boolean;
}

function startServer(worker: Worker): Server {
	let up = true;
	const ended = worker.try(["docker-entrypoint.sh", "postgres"]).then(
		({ stdout, stderr }) => {
			up = false;
			return stderr.trim() || stdout.trim();
		},
		(error: unknown) => {
			up = false;
			return messageOf(error);
		},
	);
	return { ended, isUp: () => up };
}

async function ready(worker: Worker, env: Readonly<Record<string, string>>, server: Server): Promise<void> {
	for (const end = Date.now() + INIT_MS; Date.now() < end; await sleep(250)) {
		// Over TCP: while the image initializes, a server without TCP runs that is not the one to wait for.
		if ((await worker.try(["pg_isready", "--quiet"], env)).exitCode === 0) return;
		if (!server.isUp())
			throw new StepError(`the new cluster did not start: ${excerpt(await server.ended, 2_000)}`);
	}
	throw new StepError(`the new cluster did not start within ${INIT_MS / 1_000} s`);
}

/** Fast shutdown: what is in memory is written, and the next start needs no recovery. */
async function stopServer(worker: Worker, server: Server): Promise<void> {
	await worker.sh('kill -INT "$(head -n 1 "$PGDATA/postmaster.pid")"');
	for (const end = Date.now() + STOP_MS; server.isUp(); await sleep(100)) {
		if (Date.now() > end) throw new StepError(`the new cluster has not stopped within ${STOP_MS / 1_000} s`);
	}
}

/**
 * The roles as they are now, with the passwords that the applications have; those of the backup where the database does not
 * run. Passwords stand in it as PostgreSQL keeps them, which nobody can log in with.
 */
async function rolesText(
	engine: Engine,
	worker: Worker,
	{ container }: RestoreInputs,
	{ running }: RestoreSource,
	user: string,
	path: string | undefined,
	report: Reporter,
): Promise<string | undefined> {
	if (running) {
		const command = ["pg_dumpall", "--roles-only", "--no-password", "--username", user];
		const { exitCode, stdout, stderr } = await exec(engine, container, command, {}, 60_000);
		if (exitCode === 0) return stdout;
		report.warn(
			`the roles are taken from the backup; the database did not give them: ${excerpt(stderr, 500)}`,
		);
	}
	if (path !== undefined) return worker.run(["cat", path]);
	report.warn("no roles are restored: the database does not run, and the backup has none beside it");
	return undefined;
}

/** The cluster has its owner already, and a role cannot be made twice. */
async function restoreRoles(
	worker: Worker,
	env: Readonly<Record<string, string>>,
	roles: string,
): Promise<void> {
	const tolerant = roles.replaceAll(
		/^CREATE ROLE (.*);$/gm,
		"DO $do$ BEGIN CREATE ROLE $1; EXCEPTION WHEN duplicate_object THEN NULL; END $do$;",
	);
	const file = await worker.secret("roles.sql", tolerant);
	await psqlFile(worker, env, file);
}

async function psqlFile(worker: Worker, env: Readonly<Record<string, string>>, file: string): Promise<void> {
	const options = ["--no-psqlrc", "--no-password", "--quiet", "--set=ON_ERROR_STOP=1"];
	await worker.run(["psql", ...options, `--dbname=${MAINTENANCE}`, `--file=${file}`], env);
}

/**
 * With what belongs to the database itself (owner, rights, settings), where the dump is of a database of the same name:
 * then it takes the place of the empty one. A dump of another name goes into the empty one.
 */
async function restoreDump(
	worker: Worker,
	env: Readonly<Record<string, string>>,
	path: string,
	database: string,
): Promise<void> {
	const contents = await worker.run(["pg_restore", "--list", path]);
	const dumped = /^;\s+dbname: (.*)$/m.exec(contents)?.[1];
	const target =
		dumped === database
			? ["--create", "--clean", "--if-exists", `--dbname=${MAINTENANCE}`]
			: [`--dbname=${database}`];
	await worker.run(["pg_restore", "--exit-on-error", "--no-password", "--jobs=2", ...target, path], env);
}

async function countRows(
	worker: Worker,
	env: Readonly<Record<string, string>>,
	tables: readonly string[],
): Promise<Record<string, number>> {
	if (tables.length === 0) return {};
	const counts: Record<string, number> = {};
	for (const table of tables) {
		counts[table] = Number(await query(worker, env, `SELECT count(*) FROM ONLY ${table}`));
	}
	return counts;
}

function compare(wanted: Readonly<Record<string, number>>, found: Readonly<Record<string, number>>): void {
	const wrong = Object.entries(wanted).filter(([table, rows]) => found[table] !== rows);
	if (wrong.length === 0) return;
	const lines = wrong.map(
		([table, rows]) => `  ${table}: ${rows} rows in the backup, ${found[table] ?? 0} restored`,
	);
	throw new StepError(["not every row was restored:", ...lines].join("\n"));
}
