import { expect, test } from "vitest";
import { readVersion } from "../../../components/runtime/version";

test.for([
	[200, "2.0.0", undefined, "right", "says 2.0.0"],
	[200, " 2.0.0\n", undefined, "right", "says 2.0.0"],
	[200, "1.0.0", undefined, "wrong", "says 1.0.0 instead of 2.0.0"],
	[200, "", undefined, "wrong", "says nothing instead of 2.0.0"],
	[200, '{"v":"2.0.0"}', "v", "right", "says 2.0.0"],
	[200, '{"v":2}', "v", "wrong", "says 2 instead of 2.0.0"],
	[200, '{"v":{"major":2}}', "v", "unknown", 'tells no version as "v": {"v":{"major":2}}'],
	[200, "{}", "v", "unknown", 'tells no version as "v": {}'],
	[200, "null", "v", "unknown", 'tells no version as "v": null'],
	[200, "<html>", "v", "unknown", 'tells no version as "v": <html>'],
	[404, "2.0.0", undefined, "unknown", "answered 404: 2.0.0"],
	[503, "", "v", "unknown", "answered 503"],
] as const)("%d %j, field %s: %s", ([status, body, json, state, seen]) => {
	const check = { wanted: "2.0.0", ...(json !== undefined && { json }) };
	expect(readVersion(check, { status, body })).toEqual({ state, seen });
});

test("a whole page in place of a version is cut", () => {
	const { state, seen } = readVersion({ wanted: "2.0.0" }, { status: 200, body: "x".repeat(5_000) });
	expect(state).toBe("wrong");
	expect(seen.length).toBeLessThan(200);
});
