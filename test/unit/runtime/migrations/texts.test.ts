import { describe, expect, test } from "vitest";
import type { OneShotEnd } from "../../../../components/runtime/migrations/one-shot";
import { checkExpanded, type ServingColor } from "../../../../components/runtime/migrations/schema";
import { failureText } from "../../../../components/runtime/migrations/texts";
import type { MigrationInputs } from "../../../../components/runtime/migrations/types";

const INPUTS: MigrationInputs = {
	phase: "expand",
	color: "green",
	version: "2.0.0",
	rests: false,
	ranges: {},
	name: "p-green-expand",
	image: "sha256:1",
	network: "p-data",
	database: { container: "p-db-main", user: "shop", name: "shop" },
	secretsAs: "env",
	env: {},
	resources: {},
	deadlineMs: 60_000,
	stack: "shop/p",
	proxy: "p-proxy",
};
const BLUE: ServingColor = { color: "blue", version: "1.0.0", range: ">=1 <3" };

describe("what expand has left", () => {
	const complaint = (schema: string, own: string | undefined, serving: ServingColor | undefined) => {
		try {
			checkExpanded(INPUTS, schema, own, serving);
			return "";
		} catch (error) {
			return (error as Error).message;
		}
	};

	test("fits both, or nothing is known", () => {
		expect(complaint("2", ">=2 <4", BLUE)).toBe("");
		expect(complaint("2", undefined, { color: "blue", version: "1.0.0" })).toBe("");
		expect(complaint("2", ">=2", undefined)).toBe("");
	});

	test("does not fit the new version: both figures, who serves, what comes next", () => {
		expect(complaint("1", ">=2 <4", BLUE)).toMatchInlineSnapshot(`
			"green 2.0.0 works with schema ">=2 <4", and the database is at 1 after its expand.
			Traffic was not moved: blue 1.0.0 keeps serving.
			Next: release a version that works with 1 (pulumi config set --path colors.green.version <version>), then: pulumi up
			Or give up: pulumi config set activeColor blue && pulumi up"
		`);
	});

	test("does not fit the color that serves: that comes first, because it is served with it now", () => {
		expect(complaint("3", ">=4", BLUE)).toMatchInlineSnapshot(`
			"expand of 2.0.0 has left the schema at 3, and blue 1.0.0, which serves, works with ">=1 <3" only.
			Traffic was not moved, and no container of green 2.0.0 was started; blue goes on, on a schema that it does not know.
			Next: look whether blue is well (pulumi stack output url), and take back by hand what expand has removed; expand may only add."
		`);
	});
});

describe("a command that failed", () => {
	const end = (changes: Partial<OneShotEnd> = {}): OneShotEnd => ({
		exitCode: 1,
		durationMs: 1_240,
		startedAt: "2026-11-21T10:00:00Z",
		endedAt: "2026-11-21T10:00:01Z",
		timedOut: false,
		outOfMemory: false,
		lastLines: ["ALTER TABLE", "ERROR: no"],
		answer: "",
		address: "",
		...changes,
	});

	test("of expand", () => {
		expect(failureText(INPUTS, end(), BLUE)).toMatchInlineSnapshot(`
			"expand of 2.0.0 failed after 1.2 s with exit code 1.
			Its last lines:
			    ALTER TABLE
			    ERROR: no
			No container of green 2.0.0 was started, and traffic was not moved: blue 1.0.0 keeps serving.
			Next: mend what it says, then: pulumi up (what has failed runs again); a corrected image is another version: pulumi config set --path colors.green.version <version>
			Or give up: pulumi config set activeColor blue && pulumi up"
		`);
	});

	test("of the first release, silently, for want of memory", () => {
		const silent = end({ lastLines: [], exitCode: 137, outOfMemory: true });
		expect(failureText(INPUTS, silent, undefined)).toMatchInlineSnapshot(`
			"expand of 2.0.0 failed after 1.2 s with exit code 137, because it took more memory than migrations.resources.memoryMb.
			It printed nothing.
			Nothing serves yet.
			Next: mend what it says, then: pulumi up (what has failed runs again)"
		`);
	});

	test("of backfill, too slow", () => {
		const green: ServingColor = { color: "green", version: "2.0.0" };
		const slow = end({ timedOut: true, durationMs: 70_100, exitCode: 137 });
		expect(failureText({ ...INPUTS, phase: "backfill" }, slow, green)).toMatchInlineSnapshot(`
			"backfill of 2.0.0 was stopped after 70.1 s: the deadline is 60.0 s (migrations.deadline).
			Its last lines:
			    ALTER TABLE
			    ERROR: no
			green 2.0.0 serves, and goes on. Nothing is removed before backfill of 2.0.0 has succeeded.
			Next: mend what it says, then: pulumi up (what has failed runs again)"
		`);
	});
});
