import { describe, expect, test } from "vitest";
import { fits, isRange, isSchemaVersion, NO_SCHEMA } from "../../../components/plan/schema-range";

describe("a version of the schema", () => {
	test.for([
		["12", ">=12 <15", true],
		["14", ">=12 <15", true],
		["15", ">=12 <15", false],
		["9", ">=12", false],
		["0012", ">=12", true],
		["20260101120000", ">=20251231000000 <20270000000000", true],
		["20270101000000", "<20270000000000", false],
		["1.10", ">=1.9 <2", true],
		["1.2.3", "^1.2", true],
		["2.0", "^1.2", false],
		["12", "12 || 14", true],
		["13", "12 || 14", false],
		[NO_SCHEMA, ">=1", false],
	] as const)("%s is in %s: %s", ([version, range, expected]) => {
		expect(fits(version, range)).toBe(expected);
	});

	test.for(["", "abc", "1.2.3.4", "1-beta", "12; DROP TABLE"])("%j fits nothing: it is none", (version) => {
		expect(isSchemaVersion(version)).toBe(false);
		expect(fits(version, "*")).toBe(false);
	});
});

test.for([
	[">=12 <15", true],
	["*", true],
	["12", true],
	["at least 12", false],
	[">=12 <fifteen", false],
] as const)("the range %j can be read: %s", ([range, expected]) => {
	expect(isRange(range)).toBe(expected);
});
