import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pause } from "../e2e/support/load";
import { assertSucceeded, TestStack } from "../e2e/support/stack";
import { allDone, expectEmptyQueues, queued } from "./support/jobs";
import { Customer } from "./support/orders";

const SWITCHES = 20;
const HOUR_MS = 3_600_000;

describe("twenty switches with workers that have more to do than they can", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await TestStack.create("bk-jobs-20");
		await shop.set("colors.green.version", "2.0.0");
		// 16 orders a second are done, and 20 come: at every switch some wait in the queue of the old color.
		await shop.set("services.worker.env.WORK_MS", "60");
		assertSucceeded(await shop.up());
	});
	afterAll(() => shop?.dispose());

	it(
		"lose no job, run none twice, and each is done by the version that took it",
		async () => {
			const customer = new Customer(shop.url, 20);
			let waited = 0;
			for (let n = 0; n < SWITCHES; n++) {
				const [color, old] = n % 2 === 0 ? (["green", "1.0.0"] as const) : (["blue", "2.0.0"] as const);
				await pause(1_000);
				await shop.set("activeColor", color);
				const marks: Promise<number>[] = [];
				assertSucceeded(await shop.up(() => marks.push(queued(shop, old))));
				waited += (await Promise.all(marks)).at(-1) ?? 0;
			}
			await customer.stop();
			expect(customer.refused).toBe(0);
			expect(waited).toBeGreaterThan(0);
			const accepted = customer.accepted.length;
			expect(accepted).toBeGreaterThan(SWITCHES * 50);
			expect(await allDone(shop, accepted)).toEqual({
				all: accepted,
				done: accepted,
				begun: accepted,
				byOthers: 0,
			});
			await expectEmptyQueues(shop);
			console.log(
				`${SWITCHES} switches, ${accepted} orders, each begun once; ${waited} waited in a queue as its color lost the traffic`,
			);
		},
		HOUR_MS,
	);
});
