import { expect, test } from "vitest";
import type { CaddyAdmin } from "../../../components/runtime/caddy/admin";
import { countInFlight, inFlightText, total } from "../../../components/runtime/in-flight";

const counts = new Map([
	["a:1", 3],
	["a.:1", 2],
	["b:1", 1],
	["c:1", 9],
]);
const admin = { inFlight: async () => counts } as unknown as CaddyAdmin;

test("what is in flight is counted for each replica and by kind; what Caddy does not name is none", async () => {
	const replicas = await countInFlight(admin, ["a:1", "b:1", "d:1"]);
	expect(replicas).toEqual(
		new Map([
			["a", { requests: 3, streams: 2 }],
			["b", { requests: 1, streams: 0 }],
			["d", { requests: 0, streams: 0 }],
		]),
	);
	expect(total(replicas)).toEqual({ requests: 4, streams: 2 });
});

test.each([
	[0, 0, "0 requests"],
	[1, 0, "1 request"],
	[0, 1, "1 stream"],
	[2, 3, "2 requests and 3 streams"],
])("%i requests and %i streams are told as %s", (requests, streams, text) => {
	expect(inFlightText({ requests, streams })).toBe(text);
});
