import { describe, expect, test } from "vitest";
import { planMigrations } from "../../../components/plan/migrations";
import { planRelease, servingColorsOf } from "../../../components/plan/plan";
import { checkServing } from "../../../components/plan/serving";
import { nextPause, releaseName, stepsLeft, type TrialStep } from "../../../components/plan/trial";
import { timeText } from "../../../components/plan/trial-text";
import type { Deployed } from "../../../components/plan/types";
import { type ReleaseInput, release as releaseSchema } from "../../../components/settings/schema";

const STEPS = [
	{ share: 5, hold: "60s" },
	{ share: 25, hold: "2m", pause: true },
	{ share: 50, hold: "1h" },
];

function settings(changes: Partial<ReleaseInput> = {}) {
	return releaseSchema.parse({
		activeColor: "green",
		images: "shop-{service}:{version}",
		colors: { blue: { version: "1.0.0" }, green: { version: "2.0.0" } },
		services: { web: { port: 3000, route: "/" }, worker: { onlyWhenActive: true } },
		strategy: { steps: STEPS },
		...changes,
	});
}

const NONE: Deployed = { releases: {} };

/** Blue 1.0.0 has been released, and green 2.0.0 has not served yet, unless told otherwise. */
function deployed(changes: Partial<Deployed> = {}): Deployed {
	const of = (color: "blue" | "green") =>
		planRelease(settings({ activeColor: color, strategy: {} }), NONE, "p").active.release;
	return {
		serving: "blue",
		releases: { blue: of("blue"), green: of("green") },
		served: { blue: { version: "1.0.0", since: "2026-11-01T00:00:00.000Z" } },
		...changes,
	};
}

function onTrial(percent: number, changes: Partial<Deployed> = {}): Deployed {
	const { serving: _, ...rest } = deployed(changes);
	return { trial: { to: "green", percent }, ...rest };
}

const plan = (state: Deployed, changes: Partial<ReleaseInput> = {}) =>
	planRelease(settings(changes), state, "p");

describe("the steps that are left", () => {
	const steps: TrialStep[] = [5, 25, 50].map((percent) => ({ percent, holdMs: 1, pause: percent === 25 }));
	const left = (at?: number) => stepsLeft(steps, at).map(({ percent }) => percent);

	test("are all where there is no share yet, and begin with the one that was interrupted", () => {
		expect(left()).toEqual([5, 25, 50]);
		expect(left(0)).toEqual([5, 25, 50]);
		expect(left(25)).toEqual([25, 50]);
		// What was read back from 65,536 parts.
		expect(left(25.01)).toEqual([25, 50]);
		expect(left(30)).toEqual([50]);
		expect(left(60)).toEqual([]);
	});

	test("end with the first pause that nobody has passed", () => {
		expect(nextPause({ steps }, undefined)?.percent).toBe(25);
		expect(nextPause({ steps }, 25)?.percent).toBe(25);
		expect(nextPause({ steps }, 50)).toBeUndefined();
		expect(nextPause({ steps, passedTo: 5 }, undefined)?.percent).toBe(25);
		expect(nextPause({ steps, passedTo: 25 }, undefined)).toBeUndefined();
	});
});

describe("a release has steps", () => {
	test("where it has not served yet", () => {
		const { trial, forward } = plan(deployed());
		expect(forward).toBe(true);
		expect(trial).toEqual({
			steps: [
				{ percent: 5, holdMs: 60_000, pause: false },
				{ percent: 25, holdMs: 120_000, pause: true },
				{ percent: 50, holdMs: 3_600_000, pause: false },
			],
			pausesAt: 25,
		});
	});

	test("unless nothing has served before it, or there are none", () => {
		expect(plan(NONE)).not.toHaveProperty("trial");
		expect(plan(NONE).forward).toBe(false);
		expect(plan(deployed(), { strategy: {} })).not.toHaveProperty("trial");
		expect(plan(deployed(), { strategy: {} }).forward).toBe(true);
	});

	const later = { version: "2.0.0", since: "2026-11-02T00:00:00.000Z" };
	const earlier = { version: "2.0.0", since: "2026-10-01T00:00:00.000Z" };
	test.for([
		["not on the way back to an older one", earlier, false],
		["on the way forward again to a newer one", later, true],
		["when its color has served as another version only", { ...earlier, version: "1.9.0" }, true],
		["when its color has served as another revision only", { ...earlier, revision: "1" }, true],
	] as const)("%s", ([_, green, gradual]) => {
		const state = deployed();
		const { trial, forward } = plan({ ...state, served: { ...state.served, green } });
		expect(trial !== undefined).toBe(gradual);
		expect(forward).toBe(gradual);
	});

	test("and none when it is given up, or has all traffic", () => {
		const back = plan(onTrial(25), { activeColor: "blue" });
		expect(back).not.toHaveProperty("trial");
		expect(back.forward).toBe(false);
		const done = plan({ ...deployed(), serving: "green" });
		expect(done).not.toHaveProperty("trial");
		// The window after the last step was interrupted.
		expect(done.forward).toBe(true);
	});

	test("and takes none behind the page of maintenance; one that is under way stays as it is", () => {
		const on = { maintenance: "on" as const };
		expect(plan(deployed(), on).trial).toBeUndefined();
		expect(plan(onTrial(5), on).trial).toMatchObject({ pausesAt: 5 });
		expect(plan(onTrial(5)).trial).toMatchObject({ pausesAt: 25 });
	});

	test("past its pauses only by its own name", () => {
		const strategy = (promoted: string) => ({ strategy: { steps: STEPS, promoted } });
		expect(plan(deployed(), strategy("2.0.0@25")).trial).toMatchObject({ passedTo: 25 });
		expect(plan(deployed(), strategy("2.0.0@25")).trial).not.toHaveProperty("pausesAt");
		expect(plan(deployed(), strategy("1.9.0@25")).trial).toMatchObject({ pausesAt: 25 });
		expect(plan(deployed(), strategy("2.0.0@5")).trial).toMatchObject({ pausesAt: 25 });
		const green = { version: "2.0.0", revision: "3" };
		const colors = { blue: { version: "1.0.0" }, green };
		expect(releaseName(green)).toBe("2.0.0+3");
		expect(plan(deployed(), { colors, ...strategy("2.0.0@25") }).trial).toMatchObject({ pausesAt: 25 });
		expect(plan(deployed(), { colors, ...strategy("2.0.0+3@25") }).trial).not.toHaveProperty("pausesAt");
	});
});

describe("while both colors serve", () => {
	test("both are kept, whatever else the settings say by now", () => {
		const services = { web: { port: 3000, route: "/", env: { NEW: "1" } }, worker: { onlyWhenActive: true } };
		for (const activeColor of ["blue", "green"] as const) {
			const { active, standby } = plan(onTrial(25), { activeColor, services });
			expect([active.kept, standby?.kept]).toEqual([true, true]);
			expect([active.heldBack, standby?.heldBack]).toEqual([["web"], ["web"]]);
		}
		expect(servingColorsOf(onTrial(25))).toEqual(["blue", "green"]);
		expect(servingColorsOf(deployed())).toEqual(["blue"]);
		expect(servingColorsOf(NONE)).toEqual([]);
	});

	test("each has its workers at the end of an `up` that pauses, even where the standby is to be removed", () => {
		const declared = (state: Deployed, changes: Partial<ReleaseInput>) => {
			const { active, standby } = plan(state, { standby: "removed", ...changes });
			return [active, standby].map((color) =>
				color?.services.filter((one) => one.declared).map(({ name }) => name),
			);
		};
		const promoted = { strategy: { steps: STEPS, promoted: "2.0.0@25" } };
		expect(declared(deployed(), {})).toEqual([
			["web", "worker"],
			["web", "worker"],
		]);
		expect(declared(onTrial(25), {})).toEqual([
			["web", "worker"],
			["web", "worker"],
		]);
		expect(declared(onTrial(25), promoted)).toEqual([["web", "worker"], []]);
		expect(declared(onTrial(25), { activeColor: "blue" })).toEqual([["web", "worker"], []]);
	});

	test("neither may become another version", () => {
		const colors = { blue: { version: "1.1.0" }, green: { version: "2.1.0" } };
		const problems = checkServing(settings({ colors }), onTrial(25));
		expect(problems.map(({ path }) => path.join("."))).toEqual([
			"colors.blue.version",
			"colors.green.version",
		]);
		expect(problems[1]).toMatchInlineSnapshot(`
			{
			  "fix": [
			    "pulumi config set --path colors.green.version 2.0.0",
			  ],
			  "path": [
			    "colors",
			    "green",
			    "version",
			  ],
			  "reason": ""2.1.0" would replace the containers of green 2.0.0 that are serving now. green has 25 % of the traffic on trial, and blue the rest. Allowed: 2.0.0, until the trial of green is over: npm run promote, or npm run abort.",
			}
		`);
		expect(checkServing(settings(), onTrial(25))).toEqual([]);
	});

	test("nothing is filled and nothing is taken away in the database", () => {
		const migrations = { expand: ["a"], backfill: ["b"], contract: ["c"], closed: "2.0.0" };
		const rests = (state: Deployed, changes: Partial<ReleaseInput> = {}) => {
			const wanted = settings({ migrations, ...changes });
			const planned = planMigrations(wanted, planRelease(wanted, state, "p"), state, "main");
			return Object.fromEntries(
				(planned?.runs ?? []).map(({ phase, color, rests }) => [`${phase} ${color}`, rests]),
			);
		};
		expect(rests(deployed())).toMatchObject({ "backfill green": true, "contract green": true });
		const promoted = { strategy: { steps: STEPS, promoted: "2.0.0@25" } };
		expect(rests(onTrial(25), promoted)).toMatchObject({ "backfill green": false });
	});
});

describe("what a person reads", () => {
	const PROMOTED = { strategy: { steps: STEPS, promoted: "2.0.0@25" } };
	test.for([
		[
			"a release",
			deployed(),
			{},
			"blue 1.0.0 → green 2.0.0 in steps: 5 % for 60 s, 25 % for 2 min, then a pause",
		],
		[
			"one whose pauses are passed",
			deployed(),
			PROMOTED,
			"blue 1.0.0 → green 2.0.0 in steps: 5 % for 60 s, 25 % for 2 min, 50 % for 60 min, then all",
		],
		[
			"one that was interrupted",
			onTrial(5),
			{},
			"blue 1.0.0 → green 2.0.0 goes on at 5 %: 5 % for 60 s, 25 % for 2 min, then a pause",
		],
		[
			"one that is paused",
			onTrial(25, { trial: { to: "green", percent: 25, paused: true } }),
			{},
			"blue 1.0.0 → green 2.0.0 is paused at 25 %",
		],
		[
			"one that goes on after a pause",
			onTrial(25, { trial: { to: "green", percent: 25, paused: true } }),
			PROMOTED,
			"blue 1.0.0 → green 2.0.0 goes on at 25 %: 50 % for 60 min, then all",
		],
		[
			"one that is given up",
			onTrial(25),
			{ activeColor: "blue" },
			"all to blue 1.0.0 at once, 25 % of which green had",
		],
		[
			"one whose steps were taken away",
			onTrial(25),
			{ strategy: {} },
			"blue 1.0.0 → green 2.0.0, which has 25 % of it, at once",
		],
	] as const)("of %s", ([_, state, changes, text]) => {
		expect(plan(state, changes as Partial<ReleaseInput>).traffic).toBe(text);
	});

	test("of times", () => {
		const texts = [500, 1_000, 60_000, 90_000, 120_000, 3_600_000, 7_200_000].map(timeText);
		expect(texts).toEqual(["0.5 s", "1 s", "60 s", "90 s", "2 min", "60 min", "2 h"]);
	});
});
