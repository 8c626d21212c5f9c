import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Load, MIXED_VISITS, wrongColorAfter } from "../../scripts/load";
import { eventually } from "../e2e/support/docker";
import { CONNECTIONS, pause, underLoad } from "../e2e/support/load";
import { assertSucceeded, TestStack } from "../e2e/support/stack";
import { noneFailed } from "./support/fault";

const SWITCHES = 100;
const HOUR_MS = 3_600_000;

/** The promise itself, without any fault: again and again, under a load of everything that a release can hurt. */
describe("a hundred releases in a row", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await TestStack.create("f-switches");
		await shop.set("colors.green.version", "2.0.0");
		assertSucceeded(await shop.up());
	});
	afterAll(() => shop?.dispose());

	it(
		"lose no request, answer none by the wrong color, and run each job once",
		async () => {
			const switches: { color: "blue" | "green"; switchedMs: number }[] = [];
			const release = async (load: Load, color: "blue" | "green") => {
				await shop.set("activeColor", color);
				const marks: Promise<number>[] = [];
				const up = await shop.up(() => marks.push(load.mark(`switched to ${color}`)));
				assertSucceeded(up);
				const switchedMs = (await Promise.all(marks)).at(-1);
				expect(switchedMs).toBeDefined();
				switches.push({ color, switchedMs: switchedMs ?? 0 });
			};
			const { report } = await underLoad(
				shop.url,
				async (load) => {
					for (let n = 0; n < SWITCHES; n++) await release(load, n % 2 === 0 ? "green" : "blue");
				},
				{ requests: MIXED_VISITS, maxSeconds: 3_600 },
			);
			noneFailed(report);
			expect(report.connectionsOpened).toBe(CONNECTIONS);
			for (const [index, { color, switchedMs }] of switches.entries()) {
				const untilMs = switches[index + 1]?.switchedMs ?? Number.POSITIVE_INFINITY;
				// The next release moves traffic before its `up` can say so: what is sent in its last second may be either's.
				const samples = report.samples.filter(({ startMs }) => startMs < untilMs - 1_000);
				const wrong = wrongColorAfter({ ...report, samples }, switchedMs, color);
				expect({ index, ...wrong }).toEqual({ index, count: 0, first: [] });
			}

			const accepted = report.byRequest["POST /api/orders"] ?? 0;
			expect(accepted).toBeGreaterThan(SWITCHES * 50);
			const stats = await eventually("every order is done", 120_000, async () => {
				const seen = (await (await fetch(`${shop.url}/api/orders/stats`)).json()) as Record<string, number>;
				if (seen.queued !== 0) await pause(1_000);
				return seen.queued === 0 && seen;
			});
			expect(stats).toEqual({ queued: 0, done: accepted, begun: accepted });
			console.log(
				`${SWITCHES} releases, ${report.sent} requests, 0 failed; by request: ${JSON.stringify(report.byRequest)}`,
			);
		},
		HOUR_MS,
	);
});
