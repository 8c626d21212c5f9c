import { describe, expect, it } from "vitest";
import { Counts, RECENT_LOOKS } from "../../../../components/runtime/watch/counts";
import { passed } from "./support/requests";

describe("what passed in a phase", () => {
	it("is counted by color, and by the route that takes it", () => {
		const counts = new Counts(["/api", "/"], 0);
		for (const path of ["/", "/api", "/api/products", "/apis"]) counts.add(passed({ path }));
		counts.add(passed({ path: "/api", color: "blue" }));
		const seen = counts
			.parts()
			.map(({ route, tallies }) => [route, tallies.green.requests, tallies.blue.requests]);
		expect(seen).toEqual([
			[undefined, 4, 1],
			["/", 2, 0],
			["/api", 2, 1],
		]);
	});

	it("is an error of the color that could not take it, and an answer of the other one", () => {
		const counts = new Counts([], 0);
		counts.add(passed({ color: "blue", lost: "green" }));
		const { blue, green } = counts.all;
		expect(blue).toMatchObject({ requests: 1, errors: 0 });
		expect(green).toMatchObject({ requests: 1, errors: 1, failed: [{ status: 0, kind: "lost" }] });
		expect([blue.latencies.count, green.latencies.count]).toEqual([1, 0]);
	});

	it("has the last looks as a part of its own, as soon as there are enough", () => {
		const counts = new Counts([], 0);
		for (let look = 1; look < RECENT_LOOKS; look++) {
			counts.add(passed({ status: 200 }));
			expect(counts.parts()).toHaveLength(1);
			counts.looked(look);
		}
		counts.add(passed({ status: 500 }));
		counts.looked(RECENT_LOOKS);
		counts.add(passed({ status: 500 }));
		const [all, recent] = counts.parts();
		expect(all).toMatchObject({ sinceMs: 0, tallies: { green: { requests: RECENT_LOOKS + 1, errors: 2 } } });
		expect(recent).toMatchObject({ sinceMs: 1, tallies: { green: { requests: RECENT_LOOKS, errors: 2 } } });
	});
});
