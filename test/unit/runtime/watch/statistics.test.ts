import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { atLeast, quantileRanks, shareBounds } from "../../../../components/runtime/watch/statistics";

describe("the chance of at least so many", () => {
	test("is the binomial sum, exactly", () => {
		const chance = fc.integer({ min: 1, max: 99 }).map((percent) => percent / 100);
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(60), chance, (n, k, p) => {
				const wanted = Array.from({ length: n + 1 }, (_, count) => pmf(count, n, p))
					.slice(k)
					.reduce((sum, one) => sum + one, 0);
				expect(atLeast(k, n, p)).toBeCloseTo(wanted, 9);
			}),
		);
	});

	it.each([
		// Tables of the binomial distribution.
		[3, 10, 0.5, 0.9453],
		[8, 20, 0.25, 0.1018],
		[5, 100, 0.01, 0.0034],
		[0, 5, 0.5, 1],
		[6, 5, 0.5, 0],
	])("P(X ≥ %i) of %i tries at %f is %f", (k, n, p, wanted) => {
		expect(atLeast(k, n, p)).toBeCloseTo(wanted, 4);
	});

	it("stays a number where factorials would not", () => {
		expect(atLeast(10_000, 1_000_000, 0.01)).toBeGreaterThan(0.49);
		expect(atLeast(10_000, 1_000_000, 0.01)).toBeLessThan(0.51);
		expect(atLeast(11_000, 1_000_000, 0.01)).toBeLessThan(1e-20);
		expect(atLeast(1, 1_000_000, 1e-9)).toBeCloseTo(0.001, 6);
	});
});

describe("the bounds of a share", () => {
	it.each([
		// R. G. Newcombe, Statistics in Medicine 17 (1998), 857–872, table I, method 5 (Clopper-Pearson), 95 %.
		[81, 263, 0.2527, 0.3676],
		[15, 148, 0.0578, 0.1617],
		[0, 20, 0, 0.1684],
		[1, 29, 0.0009, 0.1776],
	])("%i of %i: %f to %f", (k, n, lower, upper) => {
		const bounds = shareBounds(k, n, 0.025);
		expect(bounds.lower).toBeCloseTo(lower, 4);
		expect(bounds.upper).toBeCloseTo(upper, 4);
	});

	test("hold what was seen, and come nearer with a larger chance to be wrong", () => {
		const seen = fc.integer({ min: 1, max: 5_000 }).chain((n) => fc.tuple(fc.nat(n), fc.constant(n)));
		fc.assert(
			fc.property(seen, ([k, n]) => {
				const [strict, easy] = [shareBounds(k, n, 0.0001), shareBounds(k, n, 0.1)];
				expect(strict.lower).toBeLessThanOrEqual(easy.lower);
				expect(easy.lower).toBeLessThanOrEqual(k / n + 1e-9);
				expect(easy.upper).toBeGreaterThanOrEqual(k / n - 1e-9);
				expect(strict.upper).toBeGreaterThanOrEqual(easy.upper);
			}),
		);
	});

	test("are wrong no more often than they may be, whatever the share", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 300 }),
				fc.integer({ min: 1, max: 999 }).map((thousandth) => thousandth / 1_000),
				(n, share) => {
					// All counts whose lower bound is above the true share, weighted by how likely they are.
					const wrong = Array.from({ length: n + 1 }, (_, k) => k).filter(
						(k) => shareBounds(k, n, 0.05).lower > share,
					);
					expect(wrong.length === 0 ? 0 : atLeast(Math.min(...wrong), n, share)).toBeLessThanOrEqual(
						0.05 + 1e-9,
					);
				},
			),
			{ numRuns: 20 },
		);
	});
});

describe("the ranks that bound a quantile", () => {
	it.each([
		// The median of small samples, 95 %: J.-Y. Le Boudec, Performance Evaluation of Computer and Communication Systems, table A.1.
		[0.5, 10, 0.025, 2, 9],
		[0.5, 20, 0.025, 6, 15],
		[0.5, 15, 0.025, 4, 12],
	])("%f of %i values: the %fth part may be wrong, ranks %i and %i", (q, n, alpha, lower, upper) => {
		expect(quantileRanks(q, n, alpha)).toEqual({ lower, upper });
	});

	it.each([
		// How many values it takes until the largest is above a quantile: S. S. Wilks' 59, 299 and 459.
		[0.95, 59, 0.05],
		[0.99, 299, 0.05],
		[0.99, 459, 0.01],
	])("%f has an upper bound from %i values on", (q, n, alpha) => {
		expect(quantileRanks(q, n, alpha).upper).toBe(n);
		expect(quantileRanks(q, n - 1, alpha).upper).toBeUndefined();
	});

	test("a lower bound is wrong no more often than it may be, and the next rank would be", () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 3_000 }), (n) => {
				const { lower } = quantileRanks(0.99, n, 0.001);
				// The value of rank r is above the quantile when more than n - r values are.
				const wrong = (rank: number) => atLeast(n - rank + 1, n, 0.01);
				if (lower === undefined) expect(wrong(1)).toBeGreaterThan(0.001);
				else {
					expect(wrong(lower)).toBeLessThanOrEqual(0.001);
					if (lower < n) expect(wrong(lower + 1)).toBeGreaterThan(0.001);
				}
			}),
		);
	});
});

function pmf(k: number, n: number, p: number): number {
	let chance = (1 - p) ** n;
	for (let count = 0; count < k; count++) chance *= ((n - count) / (count + 1)) * (p / (1 - p));
	return chance;
}
