import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KilledDatabase } from "./support/killed-database";
import { pointsOfAnUp } from "./support/seed";

/** As `database-killed.test.ts`, at three points only. */
describe("PostgreSQL that is killed during a release", () => {
	let database: KilledDatabase;
	beforeAll(async () => {
		database = await KilledDatabase.create("bk-killed-quick");
	});
	afterAll(() => database?.shop.dispose());

	it.each(pointsOfAnUp(3).map((share) => ({ percent: Math.round(share * 100), share })))(
		"after $percent % of its time loses no confirmed order",
		async ({ share }) => {
			const { refused } = await database.killAt(share);
			expect(refused).toBeGreaterThan(0);
		},
	);
});
