import { describe, expect, test } from "vitest";
import { planMigrations } from "../../../components/plan/migrations";
import { planRelease } from "../../../components/plan/plan";
import { checkSchema, concernsSchema, type SeenSchema } from "../../../components/plan/schema-contract";
import type { Deployed, Release } from "../../../components/plan/types";
import { pathText } from "../../../components/settings/problems";
import type { ReleaseInput, ReleaseSettings } from "../../../components/settings/schema";
import { PREFIX, settingsOf } from "./arbitraries";

function settings(
	input: Pick<ReleaseInput, "activeColor" | "colors"> & { closed?: string; expand?: string[] },
): ReleaseSettings {
	const { closed, expand = ["migrate", "expand"], ...rest } = input;
	return settingsOf({
		images: "registry.example.com/{service}:{version}",
		services: { web: { port: 3000, route: "/", secretsAs: "file" } },
		migrations: {
			...(expand.length > 0 && { expand }),
			backfill: ["migrate", "backfill"],
			contract: ["migrate", "contract"],
			schema: { tool: "schema_migrations" },
			...(closed !== undefined && { closed }),
		},
		...rest,
	});
}

/** Both colors released, blue 1 serving. */
function deployed(changes: Partial<Deployed> = {}): Deployed {
	const release = (version: string): Release =>
		({ version, services: { web: { image: `registry.example.com/web:${version}` } } }) as unknown as Release;
	return {
		serving: "blue",
		releases: { blue: release("1"), green: release("2") },
		present: { blue: ["1"], green: ["2"] },
		...changes,
	};
}

const BOTH = { blue: { version: "1" }, green: { version: "2" } };
const SEEN: SeenSchema = { schema: "3", done: [], ranges: { blue: ">=1 <3", green: ">=2 <4" } };

function problems(wanted: ReleaseSettings, was: Deployed, seen: SeenSchema): string[] {
	const plan = planRelease(wanted, was, PREFIX);
	return checkSchema(wanted, plan, was.serving, seen).map(
		({ path, reason, fix }) => `${pathText(path)}: ${reason} [${fix.join("; ")}]`,
	);
}

describe("a color and the schema", () => {
	test("a rollback to a color that does not fit is refused, with both figures and the commands", () => {
		const wanted = settings({ activeColor: "blue", colors: BOTH });
		expect(problems(wanted, deployed({ serving: "green" }), SEEN)).toEqual([
			"activeColor: blue 1 works with schema \">=1 <3\", and the database is at 3. Allowed: leave traffic on green, or a version that works with 3. [pulumi config set activeColor green; pulumi config set --path colors.blue.version '<version>']",
		]);
	});

	test("one that fits is not, nor one of which nothing is known", () => {
		const wanted = settings({ activeColor: "blue", colors: BOTH });
		expect(problems(wanted, deployed({ serving: "green" }), { ...SEEN, schema: "2" })).toEqual([]);
		expect(problems(wanted, deployed({ serving: "green" }), { ...SEEN, ranges: {} })).toEqual([]);
		expect(problems(wanted, deployed({ serving: "green" }), { done: [], ranges: SEEN.ranges })).toEqual([]);
	});

	test("a standby that stays as it is may be left behind by the schema", () => {
		const wanted = settings({ activeColor: "green", colors: BOTH });
		expect(problems(wanted, deployed({ serving: "green" }), SEEN)).toEqual([]);
	});

	test("a release whose expand is still to come is checked after it", () => {
		const wanted = settings({
			activeColor: "green",
			colors: { blue: { version: "1" }, green: { version: "4" } },
		});
		const seen = { ...SEEN, schema: "3", ranges: { green: ">=4" } };
		expect(problems(wanted, deployed(), seen)).toEqual([]);
		const expanded = { ...seen, done: [{ phase: "expand", version: "4" } as const] };
		expect(problems(wanted, deployed(), expanded)).toEqual([
			expect.stringContaining('green 4 works with schema ">=4"'),
		]);
		const revised = { ...seen, done: [{ phase: "expand", version: "4", revision: "1" } as const] };
		expect(problems(wanted, deployed(), revised)).toEqual([]);
	});

	test("a new standby that does not fit is refused too", () => {
		const wanted = settings({
			activeColor: "green",
			colors: { blue: { version: "0" }, green: { version: "2" } },
		});
		const done = [{ phase: "expand", version: "0" } as const];
		expect(problems(wanted, deployed({ serving: "green" }), { ...SEEN, done })).toEqual([
			"colors.blue.version: blue 0 works with schema \">=1 <3\", and the database is at 3. Allowed: a version that works with 3, or none. [pulumi config rm --path colors.blue.version; pulumi config set --path colors.blue.version '<version>']",
		]);
	});

	test("is asked for only where something is released, switched or closed", () => {
		const concerned = (wanted: ReleaseSettings, was: Deployed) =>
			concernsSchema(wanted, planRelease(wanted, was, PREFIX));
		expect(concerned(settings({ activeColor: "blue", colors: BOTH }), deployed())).toBe(false);
		expect(concerned(settings({ activeColor: "green", colors: BOTH }), deployed())).toBe(true);
		expect(
			concerned(settings({ activeColor: "blue", colors: { ...BOTH, green: { version: "3" } } }), deployed()),
		).toBe(true);
		expect(concerned(settings({ activeColor: "blue", colors: BOTH, closed: "1" }), deployed())).toBe(true);
	});
});

describe("the way back", () => {
	const runs = (wanted: ReleaseSettings, was: Deployed) => {
		const planned = planMigrations(wanted, planRelease(wanted, was, PREFIX), was, "main");
		return {
			waits: planned?.contractWaits,
			runs: planned?.runs.map(
				({ phase, color, version, rests }) => `${phase} ${color} ${version}${rests ? " rests" : ""}`,
			),
		};
	};

	test("is not closed while another version is declared", () => {
		const wanted = settings({ activeColor: "blue", colors: BOTH, closed: "1" });
		expect(problems(wanted, deployed(), { ...SEEN, ranges: {} })).toEqual([
			'migrations.closed: "1" gives up the way back, and green 2 is still declared: contract would take from it what it works with. Allowed: with no other version declared. [pulumi config rm --path colors.green.version; pulumi config rm --path migrations.closed]',
		]);
	});

	test("is closed already, and the next version may be declared", () => {
		const wanted = settings({ activeColor: "blue", colors: BOTH, closed: "1" });
		const done = [{ phase: "contract", version: "1" } as const];
		expect(problems(wanted, deployed(), { ...SEEN, ranges: {}, done })).toEqual([]);
		expect(runs(wanted, deployed()).runs).toContain("contract blue 1 rests");
	});

	test("contract waits until nothing else runs, then it is due", () => {
		const wanted = settings({
			activeColor: "blue",
			colors: { blue: { version: "1" }, green: {} },
			closed: "1",
		});
		expect(runs(wanted, deployed())).toEqual({
			waits:
				"contract of 1 waits: green 2 still runs, and is removed at the end of this `up`. Next: pulumi up",
			runs: ["expand blue 1 rests", "backfill blue 1", "contract blue 1 rests"],
		});
		expect(runs(wanted, deployed({ present: { blue: ["1"] } }))).toEqual({
			waits: undefined,
			runs: ["expand blue 1 rests", "backfill blue 1", "contract blue 1"],
		});
	});

	test("stays open where another version is meant", () => {
		const wanted = settings({
			activeColor: "blue",
			colors: { blue: { version: "1" }, green: {} },
			closed: "0",
		});
		expect(runs(wanted, deployed({ present: { blue: ["1"] } }))).toEqual({
			waits: undefined,
			runs: ["expand blue 1 rests", "backfill blue 1", "contract blue 1 rests"],
		});
	});

	test("without commands there is nothing to plan; without containers of a color nothing to expand for it", () => {
		const none = settingsOf({
			activeColor: "blue",
			colors: BOTH,
			images: "registry.example.com/{service}:{version}",
			services: { web: { port: 3000, route: "/" } },
		});
		expect(runs(none, deployed()).runs).toBeUndefined();
		const removed = { ...settings({ activeColor: "blue", colors: BOTH }), standby: "removed" as const };
		expect(runs(removed, deployed()).runs).toEqual(["expand blue 1 rests", "backfill blue 1"]);
	});
});
