import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { Limits } from "../../../../components/plan/observation";
import { chanceOfOneLook, FALSE_ALARM, judge } from "../../../../components/runtime/watch/judge";
import { breachText } from "../../../../components/runtime/watch/verdict-text";
import { tally } from "./support/requests";

const limits: Limits = { minRequests: 100, maxErrorShare: 0.01, maxP99Ms: 50, compareWithOld: true };
const ALPHA = chanceOfOneLook(30_000, 1_000, 2);

function judged(green: ReturnType<typeof tally>, blue = tally("blue", 0), rest: Partial<Limits> = {}) {
	return judge({ blue, green }, "green", { ...limits, ...rest }, ALPHA);
}

describe("the chance of a single look", () => {
	test("all looks of a phase together are wrong with at most the chance of a false alarm", () => {
		fc.assert(
			fc.property(
				fc.nat(3_600_000),
				fc.integer({ min: 200, max: 60_000 }),
				fc.integer({ min: 1, max: 20 }),
				(duration, every, parts) => {
					const looks = Math.max(1, Math.ceil(duration / every));
					expect(chanceOfOneLook(duration, every, parts) * looks * parts).toBeCloseTo(FALSE_ALARM, 9);
				},
			),
		);
	});
});

describe("a verdict on errors", () => {
	it("needs more than a limit that is passed by chance", () => {
		expect(judged(tally("green", 150, 3))).toBeUndefined();
		expect(judged(tally("green", 2_000, 22))).toBeUndefined();
		expect(judged(tally("green", 2_000, 60))?.limit).toBe("maxErrorRate");
	});

	it("does not come before there are enough requests", () => {
		expect(judged(tally("green", 99, 99))).toBeUndefined();
		expect(judged(tally("green", 100, 100))?.sentence).toBe(
			"100 of its 100 requests failed, so at least 92 % do; maxErrorRate is 1 %",
		);
	});

	it("tells when the first bad request was answered", () => {
		expect(judged(tally("green", 200, 40))?.firstBadAtMs).toBe(Date.UTC(2026, 10, 21, 12, 0, 0));
	});

	test("at the limit, it is wrong no more often than a single look may be", () => {
		fc.assert(
			fc.property(fc.integer({ min: 100, max: 2_000 }), (requests) => {
				const errors = Array.from({ length: requests + 1 }, (_, count) => count).find(
					(count) =>
						count > 0 &&
						judged(tally("green", requests, count), undefined, { compareWithOld: false }) !== undefined,
				);
				// The fewest errors that are a breach come by chance in less than `ALPHA` of all cases.
				expect(errors).toBeGreaterThan(requests * 0.01);
			}),
			{ numRuns: 5 },
		);
	});
});

describe("a verdict on the time of answers", () => {
	it("is a breach where p99 is longer for sure", () => {
		expect(judged(tally("green", 1_000, 0, 49))).toBeUndefined();
		expect(judged(tally("green", 1_000, 0, 51))).toBeUndefined();
		expect(judged(tally("green", 1_000, 0, 60))?.sentence).toBe(
			"its p99 is 59 ms, at least 59 ms; maxP99 is 50 ms",
		);
	});
});

describe("a comparison with the old color", () => {
	const alone = { maxErrorShare: 1, maxP99Ms: 60_000 };

	it("takes what both do for no reason to go back", () => {
		expect(judged(tally("green", 1_000, 100, 400), tally("blue", 3_000, 300, 400), alone)).toBeUndefined();
	});

	it("finds more errors than the old color has", () => {
		expect(judged(tally("green", 1_000, 30), tally("blue", 3_000, 0), alone)?.sentence).toBe(
			"30 of its 1,000 requests failed, so at least 1.4 % do, and of the old color's at most 0.3 % (0 of 3,000 did); tolerated are 0.5 % more",
		);
	});

	it("finds a p99 that has doubled", () => {
		expect(judged(tally("green", 1_000, 0, 80), tally("blue", 3_000, 0, 40), alone)?.sentence).toBe(
			"its p99 is 79 ms, at least 78 ms, and the old color's 40 ms, at most 40 ms; tolerated is 1.5 times as much",
		);
		expect(judged(tally("green", 1_000, 0, 50), tally("blue", 3_000, 0, 40), alone)).toBeUndefined();
	});

	it("does not go back for some milliseconds", () => {
		expect(judged(tally("green", 1_000, 0, 8), tally("blue", 3_000, 0, 2), alone)).toBeUndefined();
	});

	it("says nothing where the old color has too few requests", () => {
		expect(judged(tally("green", 1_000, 30), tally("blue", 99), alone)).toBeUndefined();
		expect(judged(tally("green", 1_000, 0, 80), tally("blue", 300, 0, 40), alone)).toBeUndefined();
	});

	it("is made only where it is wanted", () => {
		const green = tally("green", 1_000, 30, 80);
		expect(judged(green, tally("blue", 3_000), { ...alone, compareWithOld: false })).toBeUndefined();
	});
});

describe("a breach, as a person reads it", () => {
	const tallies = { blue: tally("blue", 1_236, 1), green: tally("green", 412, 19) };
	const versions = { blue: "1.0.0", green: "2.6.0" };

	it("names the limit, the figures of both colors, and requests", () => {
		const complaint = judge(tallies, "green", limits, ALPHA);
		if (complaint === undefined) throw new Error("no breach");
		const scene = { spanMs: 8_040, to: "green", versions } as const;
		expect(breachText(complaint, tallies, scene)).toMatchInlineSnapshot(`
			"19 of its 412 requests failed, so at least 1.8 % do; maxErrorRate is 1 %
			  8.0 s         requests       failed    p50      p99
			  green 2.6.0        412   19 (4.6 %)   5 ms   9.9 ms
			  blue 1.0.0       1,236   1 (0.08 %)   5 ms   9.9 ms
			  requests that failed:
			    12:00:00.000 GET / 500 after 0 ms (shop-green-web-1:3000)
			    12:00:00.001 GET / 500 after 0 ms (shop-green-web-1:3000)
			    12:00:00.002 GET / 500 after 0.1 ms (shop-green-web-1:3000)
			    12:00:00.003 GET / 500 after 0.1 ms (shop-green-web-1:3000)
			    12:00:00.004 GET / 500 after 0.1 ms (shop-green-web-1:3000)"
		`);
		expect(breachText(complaint, tallies, { ...scene, route: "/api" })).toMatch(
			/^under \/api, 19 of its 412 /,
		);
	});

	it("shows the slowest where none failed", () => {
		const slow = { blue: tally("blue", 1_236, 0, 30), green: tally("green", 412, 0, 100) };
		const complaint = judge(slow, "green", limits, ALPHA);
		if (complaint === undefined) throw new Error("no breach");
		const text = breachText(complaint, slow, { spanMs: 5_000, to: "green", versions });
		expect(text).toContain(
			"  its slowest requests:\n    12:00:00.411 GET / 200 after 100 ms (shop-green-web-1:3000)\n",
		);
	});
});
