import type { JournalRow, RunIdentity } from "./journal";

/** What is to be done for a run, by what the journal says. */
export type Decision =
	| { readonly what: "run" }
	/** Begun by an `up` that was interrupted; its container says how it went. */
	| { readonly what: "find"; readonly row: JournalRow }
	| { readonly what: "done"; readonly row: JournalRow }
	| { readonly what: "skip"; readonly why: string; readonly note: boolean };

/**
 * Expand and contract run once for a version; one that failed runs again, and so does one whose command is another by now.
 * Backfill runs once for each time that its version comes to serve: what an older version has written meanwhile, after a
 * rollback, lacks what backfill fills.
 *
 * @param rows The whole journal, oldest first.
 */
export function decide(run: RunIdentity, rows: readonly JournalRow[]): Decision {
	const same = rows.filter((row) => sameVersion(row, run) && row.phase === run.phase);
	const begun = same.findLast((row) => row.ended === null && row.command === run.command);
	if (begun !== undefined) return { what: "find", row: begun };
	if (run.phase === "backfill") return decideBackfill(run, rows);
	const done = same.findLast((row) => row.exitCode === 0 && row.command === run.command);
	return done === undefined ? { what: "run" } : { what: "done", row: done };
}

function decideBackfill(run: RunIdentity, rows: readonly JournalRow[]): Decision {
	const expanded = rows.findLast(
		(row) => row.phase === "expand" && row.exitCode === 0 && sameVersion(row, run),
	);
	if (expanded === undefined) {
		return { what: "skip", why: `${run.version} was released without migrations`, note: false };
	}
	const served = rows.filter((row) => row.phase === "backfill" && row.ended !== null);
	const newer = served.find(
		(other) =>
			!sameVersion(other, run) &&
			rows.some(
				(row) =>
					row.phase === "expand" && row.exitCode === 0 && sameVersion(row, other) && row.id > expanded.id,
			),
	);
	const last = served.at(-1);
	const isLast = last !== undefined && sameVersion(last, run);
	if (newer !== undefined) {
		const why = `this is a way back: ${newer.version} has served since ${run.version} was prepared`;
		return { what: "skip", why, note: !isLast };
	}
	const done = isLast && last.exitCode === 0 && last.command === run.command;
	return done ? { what: "done", row: last } : { what: "run" };
}

function sameVersion(
	a: Pick<RunIdentity, "version" | "revision">,
	b: Pick<RunIdentity, "version" | "revision">,
): boolean {
	return a.version === b.version && a.revision === b.revision;
}
