import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { redis } from "../e2e/support/database-copy";
import { engine, eventually } from "../e2e/support/docker";
import { assertSucceeded, TestStack } from "../e2e/support/stack";
import { allDone, expectEmptyQueues, jobs, queued } from "./support/jobs";
import { Customer } from "./support/orders";

describe("the jobs of a color that goes", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await TestStack.create("bk-jobs");
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("services.worker.env.WORK_MS", "100");
		assertSucceeded(await shop.up());
	});
	afterAll(() => shop?.dispose());

	const variables = async (container: string) => {
		const { Config } = await engine.api.getContainer(shop.container(container)).inspect();
		return Config.Env.filter((line) => /^(CACHE_PREFIX|QUEUE_PREFIX|DEAD_LETTER_QUEUE)=/.test(line)).sort();
	};

	async function order(count: number): Promise<number> {
		const customer = new Customer(shop.url, 100);
		await eventually("orders are taken", 30_000, async () => customer.accepted.length >= count, 20);
		await customer.stop();
		return customer.accepted.length;
	}

	it("have names of their own in the stores, and so has what is cached", async () => {
		expect(await variables("blue-web-1")).toEqual([
			`CACHE_PREFIX=${shop.prefix}:1.0.0:cache:`,
			`DEAD_LETTER_QUEUE=${shop.prefix}:1.0.0:dead-letters`,
			`QUEUE_PREFIX=${shop.prefix}:1.0.0:queue:`,
		]);
		expect(await variables("blue-worker-1")).toEqual(await variables("blue-web-1"));
		expect(await variables("green-web-1")).toContain(`CACHE_PREFIX=${shop.prefix}:2.0.0:cache:`);
		await (await fetch(`${shop.url}/api/products`)).text();
		expect(await redis(shop, "EXISTS", `${shop.prefix}:1.0.0:cache:products`)).toContain("1");
		expect(await redis(shop, "EXISTS", `${shop.prefix}:2.0.0:cache:products`)).toContain("0");
	});

	it("are finished by its own worker before it is removed", async () => {
		// Twenty seconds of work: more than a release takes until it removes the worker.
		const many = await order(200);
		const waiting: Promise<number>[] = [];
		await shop.set("activeColor", "green");
		assertSucceeded(await shop.up(() => waiting.push(queued(shop, "1.0.0"))));
		expect((await Promise.all(waiting)).at(-1)).toBeGreaterThan(20);
		// Nothing is left to wait for: the worker was removed after its last job.
		expect(await jobs(shop)).toEqual({ all: many, done: many, begun: many, byOthers: 0 });
		await expectEmptyQueues(shop);
	});

	it("are taken over by the other color's worker where its own is killed", async () => {
		const before = await jobs(shop);
		const worker = engine.api.getContainer(shop.container("green-worker-1"));
		const many = await order(150);
		expect(await queued(shop, "2.0.0")).toBeGreaterThan(50);
		// Docker does not start again what was killed through it: green's worker is gone with its queue full.
		await worker.kill();
		await shop.set("activeColor", "blue");
		assertSucceeded(await shop.up());
		const seen = await allDone(shop, before.all + many);
		expect(seen.all).toBe(before.all + many);
		expect(seen.byOthers).toBeGreaterThan(50);
		// The one that it had in hand may have been begun twice; it is done once, as every one.
		expect(seen.begun - seen.all).toBeLessThanOrEqual(1);
		await expectEmptyQueues(shop);
	});

	it("are put among the dead letters where no attempt brings them to an end", async () => {
		await redis(shop, "LPUSH", `${shop.prefix}:1.0.0:queue:jobs`, "not-an-order");
		const letters = await eventually("it is a dead letter", 30_000, async () => {
			const found = await redis(shop, "LRANGE", `${shop.prefix}:1.0.0:dead-letters`, "0", "-1");
			return found.trim() !== "" && found.trim();
		});
		expect(letters).toBe("not-an-order");
		const many = await order(5);
		const { all } = await jobs(shop);
		expect(many).toBeGreaterThanOrEqual(5);
		await allDone(shop, all);
	});
});
