import { expect, test } from "vitest";
import { narrate } from "../../../scripts/release/narrate";
import { recorded } from "../preview-comment/support/recorded";

test.each([
	[
		"release",
		"traffic: blue 1.0.0 → green 2.0.0\n3 containers are created; 1 container is removed\nmigrations expand, backfill run",
	],
	[
		"rollback",
		"traffic: green 2.0.0 → blue 1.0.0\n1 container is created; 1 container is removed\nmigration backfill runs",
	],
	["no-change", "traffic: unchanged, blue 1.0.0 serves\nnothing is removed"],
])("tells of a %s", (kind, text) => {
	expect(narrate(recorded(kind as "release")).text).toBe(text);
});

test("the warnings come first", () => {
	const { text, warnings } = narrate(recorded("proxy-port"));
	expect(warnings.length).toBeGreaterThan(0);
	expect(text.split("\n")[0]).toBe(`warning: ${warnings[0]}`);
});
