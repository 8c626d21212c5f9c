import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { Passed } from "../../../../components/runtime/watch/line";
import { Tally } from "../../../../components/runtime/watch/tally";
import { passed } from "./support/requests";

const request: fc.Arbitrary<Passed> = fc
	.record({
		status: fc.constantFrom(0, 101, 200, 302, 404, 499, 500, 502, 503),
		durationMs: fc.integer({ min: 0, max: 20_000 }),
		atMs: fc.integer({ min: 1, max: 1_000_000 }),
		kind: fc.constantFrom("answered", "aborted", "cut", "stream"),
	})
	.map((fields) => passed(fields as Partial<Passed>));

function tallyOf(requests: readonly Passed[]): Tally {
	const tally = new Tally();
	for (const one of requests) tally.add(one);
	return tally;
}

function summary(tally: Tally) {
	const { latencies, ...rest } = tally;
	return { ...rest, latencies: [latencies.count, tally.quantileMs(0.5), tally.quantileMs(0.99)] };
}

describe("a tally", () => {
	it("counts requests, failures and classes", () => {
		const tally = tallyOf([
			passed(),
			passed({ status: 404 }),
			passed({ status: 500, atMs: 7 }),
			passed({ status: 0, atMs: 5 }),
			passed({ status: 499, kind: "aborted" }),
			passed({ kind: "cut" }),
			passed({ status: 101, kind: "stream", durationMs: 3_600_000 }),
		]);
		expect(tally).toMatchObject({ requests: 7, errors: 2, aborted: 1, cut: 1, streams: 1 });
		expect(tally.classes).toEqual({ 0: 1, 1: 1, 2: 1, 4: 1, 5: 1 });
		expect(tally.firstErrorAtMs).toBe(5);
		expect(tally.failed.map(({ status }) => status)).toEqual([500, 0]);
		// Neither the life of a stream nor an answer without an end is a latency.
		expect(tally.latencies.count).toBe(4);
		expect(tally.quantileMs(1)).toBeCloseTo(5, 1);
	});

	it("keeps the longest requests, longest first", () => {
		const tally = tallyOf([3, 9, 1, 7, 5, 8, 2].map((durationMs) => passed({ durationMs })));
		expect(tally.slowest.map(({ durationMs }) => durationMs)).toEqual([9, 8, 7, 5, 3]);
	});

	it("has no latency where nothing was answered", () => {
		expect(new Tally().quantileMs(0.99)).toBeUndefined();
	});

	test("finds the value of a rank to 3 digits", () => {
		fc.assert(
			fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1 }), fc.nat(), (times, at) => {
				const tally = tallyOf(times.map((durationMs) => passed({ durationMs })));
				const rank = (at % times.length) + 1;
				const wanted = times.toSorted((a, b) => a - b)[rank - 1] ?? 0;
				expect(Math.abs(tally.latencyMs(rank) - wanted)).toBeLessThanOrEqual(wanted * 0.001);
			}),
		);
	});

	test("taken together, two are what one would have counted", () => {
		fc.assert(
			fc.property(fc.array(request), fc.array(request), (first, second) => {
				const together = tallyOf(first);
				together.addAll(tallyOf(second));
				expect(summary(together)).toEqual(summary(tallyOf([...first, ...second])));
			}),
		);
	});
});
