import { expect } from "vitest";
import { redis } from "../../e2e/support/database-copy";
import { eventually } from "../../e2e/support/docker";
import { sql } from "../../e2e/support/sql";
import type { TestStack } from "../../e2e/support/stack";

/** How the orders of a shop stand. */
export interface Jobs {
	readonly all: number;
	readonly done: number;
	/** How often a worker began one; more than `all`: some ran twice. */
	readonly begun: number;
	/** Orders that another version did than the one that took them. */
	readonly byOthers: number;
}

export async function jobs(shop: TestStack): Promise<Jobs> {
	const answer = await sql(
		shop,
		`SELECT count(*), count(*) FILTER (WHERE status = 'done'), coalesce(sum(times_begun), 0),
			count(*) FILTER (WHERE status = 'done' AND split_part(created_by, ' ', 2) <> processed_by_version) FROM orders`,
	);
	const [all = 0, done = 0, begun = 0, byOthers = 0] = answer.split("|").map(Number);
	return { all, done, begun, byOthers };
}

export async function allDone(shop: TestStack, accepted: number): Promise<Jobs> {
	return eventually(
		"every order is done",
		120_000,
		async () => {
			const seen = await jobs(shop);
			return seen.done >= accepted && seen.done === seen.all && seen;
		},
		1_000,
	);
}

/** How many orders wait in the queue of one release. */
export async function queued(shop: TestStack, release: string): Promise<number> {
	return Number(await redis(shop, "LLEN", `${shop.prefix}:${release}:queue:jobs`));
}

/** Nothing is left anywhere: no order in a queue or in a worker's hands, and no dead letter. */
export async function expectEmptyQueues(shop: TestStack): Promise<void> {
	const keys = (await redis(shop, "KEYS", `${shop.prefix}:*`)).split("\n").map((line) => line.trim());
	const left = keys.filter((key) => /:queue:(jobs|processing:.*|attempts)$|:dead-letters$/.test(key));
	expect(left).toEqual([]);
}
