import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KilledDatabase } from "./support/killed-database";
import { pointsOfAnUp } from "./support/seed";

const POINTS = pointsOfAnUp(20).map((share) => ({ percent: Math.round(share * 100), share }));

/** At moments of a release that chance chose once and for ever, the same ones at every run. */
describe("PostgreSQL that is killed during a release", () => {
	let database: KilledDatabase;
	let accepted = 0;
	beforeAll(async () => {
		database = await KilledDatabase.create("bk-killed");
	});
	afterAll(async () => {
		console.log(`${accepted} orders were confirmed, and all of them are there`);
		await database?.shop.dispose();
	});

	it.each(POINTS)("after $percent % of its time loses no confirmed order", async ({ share }) => {
		const outcome = await database.killAt(share);
		// It was killed: what was asked of it meanwhile has failed, or the test has missed the moment.
		expect(outcome.refused).toBeGreaterThan(0);
		accepted += outcome.accepted;
	});
});
