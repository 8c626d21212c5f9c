import { fits, NO_SCHEMA } from "../../plan/schema-range";
import type { Engine } from "../docker/engine";
import { durationText, messageOf, type Reporter, StepError, sleep } from "../report";
import { checkContract } from "./contract";
import { type Decision, decide } from "./decide";
import { commandHash, Journal, type JournalRow, type RunIdentity } from "./journal";
import {
	createOneShot,
	findOneShots,
	type OneShot,
	type OneShotEnd,
	removeOneShot,
	watchOneShot,
} from "./one-shot";
import { assertDatabaseRuns, PsqlSession, queryValue } from "./psql";
import { checkExpanded, imageRange, servingColor } from "./schema";
import { failureText, outlook } from "./texts";
import type { BeforeStep, MigrationInputs, MigrationRecord, MigrationSecrets } from "./types";

/** Longest time for the query that reads the schema's version. */
const QUERY_MS = 10_000;
/** Longest time for a database that went away during a migration to come back and note how it ended. */
const NOTE_MS = 60_000;
/** What `timeout` answers for a command that was too slow: whatever it says on SIGTERM, it has not done its work. */
const TOO_SLOW = 124;

export interface MigrationTools {
	readonly engine: Engine;
	readonly secrets: MigrationSecrets;
	/** What the runner itself has to say. */
	readonly report: Reporter;
	/** Gets each line that a command prints. */
	readonly print: (line: string) => void;
	/** Runs before expand and contract begin; what it throws stops them. */
	readonly before: BeforeStep;
}

/**
 * Runs one phase for one version, once, whatever became of earlier attempts: under a lock of the database, by its journal.
 * A container that an interrupted `up` has left is waited for instead of starting another.
 *
 * @throws StepError that says what failed, its last lines, who serves, and what comes next.
 */
export async function runMigration(inputs: MigrationInputs, tools: MigrationTools): Promise<MigrationRecord> {
	const { phase, version, revision } = inputs;
	const record = { phase, version, ...(revision !== undefined && { revision }) };
	if (inputs.rests) return { ...record, outcome: "skipped", why: "nothing was to be done" };
	return { ...record, ...(await new Migration(inputs, tools).run()) };
}

type Ended = Omit<MigrationRecord, "phase" | "version" | "revision">;

class Migration {
	private readonly session: PsqlSession;
	private readonly journal: Journal;
	private readonly wanted: RunIdentity;

	constructor(
		private readonly inputs: MigrationInputs,
		private readonly tools: MigrationTools,
	) {
		const { phase, version, revision, command } = inputs;
		this.wanted = { phase, version, revision: revision ?? null, command: commandHash(command) };
		this.session = this.connect();
		this.journal = new Journal(this.session);
	}

	private connect(): PsqlSession {
		const { phase, color, version, database } = this.inputs;
		return new PsqlSession(this.tools.engine, database, `blue-green ${phase} of ${color} ${version}`);
	}

	async run(): Promise<Ended> {
		try {
			await assertDatabaseRuns(this.tools.engine, this.inputs.database);
			await this.journal.lock(this.inputs.deadlineMs, this.tools.report);
			const rows = await this.journal.rows();
			await this.settleOthers(rows);
			const ended = await this.act(decide(this.wanted, rows));
			return await this.checked(ended);
		} catch (error) {
			if (error instanceof StepError && error.message.includes("\nNext: ")) throw error;
			const { phase, version } = this.inputs;
			const after = outlook(this.inputs, await servingColor(this.inputs));
			throw new StepError(
				[`${phase} of ${version} could not be made: ${messageOf(error)}`, ...after].join("\n"),
			);
		} finally {
			this.session.close();
		}
	}

	private async act(decision: Decision): Promise<Ended> {
		const { report } = this.tools;
		switch (decision.what) {
			case "skip":
				if (decision.note) await this.journal.note(this.wanted, null, decision.why);
				report.info(`nothing to do: ${decision.why}`);
				return { outcome: "skipped", why: decision.why };
			case "done":
				report.info(`done already, at ${decision.row.ended}`);
				return recordOf(decision.row);
			case "find":
				return this.find(decision.row);
			case "run":
				return this.begin();
		}
	}

	/** What an interrupted `up` has begun: its container is waited for. Without one, or if it never ran, it begins anew. */
	private async find(row: JournalRow): Promise<Ended> {
		const { engine, report } = this.tools;
		const begun = `begun at ${row.started} by an \`up\` that was interrupted`;
		const shots = await findOneShots(engine, this.inputs.stack);
		const shot = shots.find(({ run }) => run === row.id);
		if (shot === undefined || shot.neverRan) {
			if (shot !== undefined) await removeOneShot(engine, shot);
			report.warn(`${begun}, and there is no container of it${shot && " that ran"}: runs again`);
			await this.journal.end(row.id, null, ["interrupted; its container was gone, or never ran"]);
			return this.begin();
		}
		report.info(`${begun}: its container is waited for`);
		return this.finish(shot, row.id, "found");
	}

	private async begin(): Promise<Ended> {
		const { inputs, tools } = this;
		const { phase, command } = inputs;
		if (command === undefined) {
			const why = "the settings have no command for it";
			await this.journal.note(this.wanted, 0, why);
			return { outcome: "skipped", why };
		}
		if (phase === "contract") await checkContract(tools.engine, inputs, tools.secrets, tools.print);
		if (phase !== "backfill") await this.prepare();
		const run = await this.journal.begin(this.wanted);
		tools.report.info(`begins: ${command.join(" ")}`);
		const options = { name: inputs.name, command, phase, run };
		const shot = await createOneShot(tools.engine, inputs, tools.secrets, options);
		return this.finish(shot, run, "ran");
	}

	/** @throws StepError where the backup fails: what cannot be gone back on is not begun. */
	private async prepare(): Promise<void> {
		const { inputs, tools } = this;
		try {
			await tools.before(inputs);
		} catch (error) {
			const why = messageOf(error).replace("\nNext: ", "\nFor the backup: ");
			const after = outlook(inputs, await servingColor(inputs));
			throw new StepError(
				[`${inputs.phase} of ${inputs.version} was not begun: ${why}`, ...after].join("\n"),
			);
		}
	}

	private async finish(shot: OneShot, run: number, outcome: "ran" | "found"): Promise<Ended> {
		const end = await this.watch(shot, run);
		if (end.timedOut || end.exitCode !== 0) {
			const serving = await servingColor(this.inputs);
			throw new StepError(failureText(this.inputs, end, serving));
		}
		this.tools.report.info(`done in ${durationText(end.durationMs)}`);
		const { exitCode, durationMs, startedAt, lastLines } = end;
		return { outcome, startedAt, durationMs, exitCode, lastLines };
	}

	/** To its end; it is noted before the container goes, so that whoever comes next finds the one or the other. */
	private async watch(shot: OneShot, run: number): Promise<OneShotEnd> {
		const { engine, print } = this.tools;
		const { network, deadlineMs } = this.inputs;
		const end = await watchOneShot(engine, shot, network, deadlineMs, print);
		const exitCode = end.timedOut ? TOO_SLOW : end.exitCode;
		await this.noted(async (journal) => {
			if (end.address !== "") await journal.endSessionsOf(end.address, end.endedAt);
			await journal.end(run, exitCode, end.lastLines);
		}, shot.name);
		await removeOneShot(engine, shot);
		return end;
	}

	/** Writes to the journal, in another session where the database went away meanwhile and comes back. */
	private async noted(write: (journal: Journal) => Promise<void>, container: string): Promise<void> {
		const start = performance.now();
		for (let session = this.session; ; session = this.connect()) {
			try {
				return await write(new Journal(session));
			} catch (error) {
				if (performance.now() - start > NOTE_MS) {
					throw new StepError(
						`it has ended, but the database cannot note it: ${messageOf(error)}\nThe container ${container} stays: the next \`pulumi up\` takes its exit code from it.`,
					);
				}
				await sleep(1_000);
			} finally {
				if (session !== this.session) session.close();
			}
		}
	}

	/** What others have left: another version's migration is waited for, because it changes the database at this moment. */
	private async settleOthers(rows: readonly JournalRow[]): Promise<void> {
		const { engine, report } = this.tools;
		for (const shot of await findOneShots(engine, this.inputs.stack)) {
			const row = rows.find(({ id }) => id === shot.run);
			if (row?.ended === null && isSameRun(row, this.wanted)) continue;
			if (row?.ended === null && !shot.neverRan) {
				report.info(`waits for ${shot.what}, which an interrupted \`up\` has begun`);
				const { exitCode } = await this.watch(shot, row.id);
				report.info(`${shot.what} has ended with exit code ${exitCode}`);
			} else {
				await removeOneShot(engine, shot);
			}
		}
	}

	/** What holds for the schema afterwards. @throws StepError where it does not. */
	private async checked(ended: Ended): Promise<Ended> {
		const { inputs, tools } = this;
		const { schemaQuery, color, version, phase } = inputs;
		if (schemaQuery === undefined) return ended;
		const schema = (await this.schema(schemaQuery)) || NO_SCHEMA;
		const own = inputs.ranges[color] ?? (await imageRange(tools.engine, inputs.image));
		if (phase === "expand") checkExpanded(inputs, schema, own, await servingColor(inputs));
		else if (own !== undefined && !fits(schema, own))
			tools.report.warn(
				`${color} ${version} serves and works with schema "${own}"; the database is at ${schema} now`,
			);
		return { ...ended, schema };
	}

	private async schema(query: string): Promise<string | undefined> {
		try {
			return await queryValue(this.tools.engine, this.inputs.database, query, QUERY_MS);
		} catch (error) {
			throw new StepError(`the schema's version cannot be read by migrations.schema: ${messageOf(error)}`);
		}
	}
}

function isSameRun(a: RunIdentity, b: RunIdentity): boolean {
	return (
		a.phase === b.phase && a.version === b.version && a.revision === b.revision && a.command === b.command
	);
}

function recordOf({ started, ended, exitCode, lastLines }: JournalRow): Ended {
	const durationMs = Date.parse(ended ?? started) - Date.parse(started);
	return {
		outcome: "done",
		startedAt: new Date(started).toISOString(),
		durationMs,
		...(exitCode !== null && { exitCode }),
		lastLines,
	};
}
