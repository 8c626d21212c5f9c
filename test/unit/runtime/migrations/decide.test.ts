import { describe, expect, test } from "vitest";
import { type Decision, decide } from "../../../../components/runtime/migrations/decide";
import { commandHash, type JournalRow } from "../../../../components/runtime/migrations/journal";

const command = commandHash(["migrate"]);

/** A journal from "phase version outcome" lines: ok, a number (exit code), runs, noted (a way back). */
function journal(...lines: string[]): JournalRow[] {
	return lines.map((line, index) => {
		const [phase, version = "", outcome] = line.split(" ");
		return {
			id: index + 1,
			phase: phase as JournalRow["phase"],
			version,
			revision: null,
			command,
			started: "2026-11-21T10:00:00Z",
			ended: outcome === "runs" ? null : "2026-11-21T10:00:01Z",
			exitCode: outcome === "ok" ? 0 : outcome === "runs" || outcome === "noted" ? null : Number(outcome),
			lastLines: [],
		};
	});
}

function what(phase: JournalRow["phase"], version: string, ...lines: string[]): Decision["what"] {
	return decide({ phase, version, revision: null, command }, journal(...lines)).what;
}

describe("expand and contract", () => {
	test.for([
		["run where the journal knows nothing", [], "run"],
		["are done once they have succeeded", ["expand 2 ok"], "done"],
		["run for another version", ["expand 1 ok"], "run"],
		["run again after a failure", ["expand 2 1"], "run"],
		["are done after a failure and a success", ["expand 2 1", "expand 2 ok"], "done"],
		["are looked for where an `up` was interrupted", ["expand 2 1", "expand 2 runs"], "find"],
		["do not care for another phase", ["contract 2 ok"], "run"],
	] as const)("%s", ([, lines, expected]) => {
		expect(what("expand", "2", ...lines)).toBe(expected);
	});

	test("run again for another revision, and where the command is another by now", () => {
		const rows = journal("expand 2 ok");
		expect(decide({ phase: "expand", version: "2", revision: "1", command }, rows).what).toBe("run");
		const other = commandHash(["migrate", "more"]);
		expect(decide({ phase: "expand", version: "2", revision: null, command: other }, rows).what).toBe("run");
	});
});

describe("backfill", () => {
	test.for([
		["runs once its version was expanded", ["expand 2 ok"], "run"],
		["is done once", ["expand 2 ok", "backfill 2 ok"], "done"],
		["is not for a version that was released without migrations", ["expand 1 ok"], "skip"],
		["is resumed after a failure", ["expand 2 ok", "backfill 2 1"], "run"],
		["is looked for after an interruption", ["expand 2 ok", "backfill 2 runs"], "find"],
		[
			"runs again after another version has served",
			["expand 1 ok", "backfill 1 ok", "expand 2 ok", "backfill 2 ok", "backfill 1 noted"],
			"run",
		],
		["does not mind a newer version that has only been prepared", ["expand 2 ok", "expand 3 ok"], "run"],
	] as const)("%s", ([, lines, expected]) => {
		expect(what("backfill", "2", ...lines)).toBe(expected);
	});

	test("does nothing on a way back, and notes once that the older version serves again", () => {
		const run = { phase: "backfill", version: "1", revision: null, command } as const;
		const before = ["expand 1 ok", "backfill 1 ok", "expand 2 ok", "backfill 2 ok"];
		expect(decide(run, journal(...before))).toEqual({
			what: "skip",
			why: "this is a way back: 2 has served since 1 was prepared",
			note: true,
		});
		expect(decide(run, journal(...before, "backfill 1 noted"))).toMatchObject({ what: "skip", note: false });
	});

	test("does nothing on a way back from a version whose own backfill has failed", () => {
		expect(what("backfill", "1", "expand 1 ok", "backfill 1 ok", "expand 2 ok", "backfill 2 1")).toBe("skip");
	});
});
