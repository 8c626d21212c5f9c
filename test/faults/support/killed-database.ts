import { expect } from "vitest";
import { type Color, otherColor } from "../../../components/settings/schema";
import { engine, eventually } from "../../e2e/support/docker";
import { pause } from "../../e2e/support/load";
import { sql } from "../../e2e/support/sql";
import type { TestStack } from "../../e2e/support/stack";
import { type Ended, pulumi, startPulumi, UP } from "./cli";
import { expectServes } from "./fault";
import { type Accepted, Customer } from "./orders";
import { releaseTwice } from "./released-twice";

const VERSIONS: Readonly<Record<string, string>> = { "1.0.0": "2.0.0", "2.0.0": "1.0.0" };

/** A stack in which PostgreSQL is killed during releases, while customers order. */
export class KilledDatabase {
	private constructor(
		readonly shop: TestStack,
		/** How long a release takes that nothing disturbs, ms. */
		private readonly releaseMs: number,
	) {}

	static async create(name: string): Promise<KilledDatabase> {
		const { shop, releaseMs } = await releaseTwice(name, wishForOtherColor);
		return new KilledDatabase(shop, releaseMs);
	}

	/**
	 * A release to the other color under orders, in which PostgreSQL is killed after `share` of its time. However it ends: every
	 * order that was confirmed is there, the next plain `up` converges, and one color serves.
	 */
	async killAt(share: number): Promise<{ release: Ended; accepted: number; refused: number }> {
		const { shop } = this;
		const wanted = await wishForOtherColor(shop);
		const customer = new Customer(shop.url, 20);
		const up = startPulumi(shop, ...UP);
		await pause(share * this.releaseMs);
		await this.killPostgres();
		const release = await up.ended;
		await this.postgresIsBack();
		await pause(1_000);
		await customer.stop();
		await expectAllThere(shop, customer.accepted);

		const next = await pulumi(shop, ...UP);
		expect(next.exitCode, next.text).toBe(0);
		await expectServes(shop, wanted);
		const again = await shop.up();
		expect(Object.keys(again.changes), again.text).toEqual(["same"]);
		await expectAllThere(shop, customer.accepted);
		expect(customer.accepted.length).toBeGreaterThan(50);
		return { release, accepted: customer.accepted.length, refused: customer.refused };
	}

	/** From the host, with SIGKILL: nothing is written any more, and Docker starts it again as after a crash. */
	private async killPostgres(): Promise<void> {
		const { State } = await engine.api.getContainer(this.shop.container("db-main")).inspect();
		process.kill(State.Pid, "SIGKILL");
	}

	private async postgresIsBack(): Promise<void> {
		await eventually("PostgreSQL answers", 60_000, async () => (await sql(this.shop, "SELECT 1")) === "1");
	}
}

async function wishForOtherColor(shop: TestStack): Promise<{ color: Color; version: string }> {
	const serves = await shop.version();
	const color = otherColor(serves.color);
	const version = VERSIONS[serves.version] ?? "1.0.0";
	await shop.set(`colors.${color}.version`, version);
	await shop.set("activeColor", color);
	return { color, version };
}

/** Row by row: what was confirmed is there, with what was ordered. */
async function expectAllThere(shop: TestStack, accepted: readonly Accepted[]): Promise<void> {
	const lines = (await sql(shop, "SELECT id, product_id, quantity FROM orders")).split("\n");
	const rows = new Set(lines);
	const missing = accepted.filter(
		({ id, productId, quantity }) => !rows.has(`${id}|${productId}|${quantity}`),
	);
	expect(missing).toEqual([]);
}
