import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backUp } from "./support/backup-commands";
import { idsOf } from "./support/docker";
import { OrderWatch } from "./support/orders";
import { sqlRows } from "./support/sql";
import { assertSucceeded, TestStack } from "./support/stack";

const OLD_ORDERS = 3_000;

/**
 * The shop's life through three versions, under orders that never pause: 1 → 2 → back to 1 → 2 → contract → 3. Each test
 * begins where the one before it ended.
 */
describe("a schema that is expanded, switched and contracted under load", () => {
	let shop: TestStack;
	let watch: OrderWatch;

	beforeAll(async () => {
		shop = await TestStack.create("mig-walk");
		await shop.set("services.web.secretsAs", "file");
		assertSucceeded(await shop.up());
		await sqlRows(
			shop,
			`INSERT INTO orders (product_id, quantity, status, created_by, note_text)
				SELECT 1 + n % 6, 1, 'done', 'years ago', 'old ' || n FROM generate_series(1, ${OLD_ORDERS}) AS n`,
		);
		const rows = await sqlRows(shop, "SELECT id, note_text FROM orders");
		watch = new OrderWatch(shop.url, new Map(rows.map((row) => row.split("|") as [string, string])));
	});
	afterAll(async () => {
		await watch?.stop();
		await shop?.dispose();
	});

	async function up(): Promise<string> {
		const before = watch.notes.size;
		const outcome = await shop.up();
		assertSucceeded(outcome);
		expect(watch.problems).toEqual([]);
		expect(watch.notes.size - before).toBeGreaterThan(20);
		return outcome.text;
	}

	async function release(color: "blue" | "green", version: string): Promise<string> {
		await shop.set(`colors.${color}.version`, version);
		await shop.set("activeColor", color);
		const text = await up();
		expect(await shop.version()).toEqual(expect.objectContaining({ color, version }));
		return text;
	}

	const schema = async () => (await sqlRows(shop, "SELECT max(version) FROM schema_migrations"))[0];
	const unfilled = async () =>
		Number((await sqlRows(shop, "SELECT count(*) FROM orders WHERE note IS NULL"))[0]);

	it("1: has the schema that its own expand made, and no other", async () => {
		expect(await schema()).toBe("1");
		expect(await shop.outputs()).toMatchObject({
			migrations: { expand: { blue: { outcome: "ran", exitCode: 0, version: "1.0.0", schema: "1" } } },
		});
		expect((await shop.up()).changes).toEqual({ same: expect.any(Number) });
	});

	it("2: expands before its containers start, and fills old rows in batches once it serves", async () => {
		await shop.set("migrations.env.BACKFILL_BATCH", "500");
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
		const outcome = await shop.up();
		assertSucceeded(outcome);
		expect(outcome.text).toMatch(/expand 2\.0\.0: the schema is at 2 now/);
		expect(outcome.text).toMatch(/backfill 2\.0\.0: filled 1000 of \d+ orders/);
		const step = (name: string) => outcome.steps.findIndex((one) => one.endsWith(` ${shop.container(name)}`));
		const order = ["green-expand", "green-web-1", "cutover", "drain", "backfill"].map(step);
		expect(order).toEqual([...order].sort((a, b) => a - b));
		expect(order).not.toContain(-1);
		expect(watch.problems).toEqual([]);
		expect(await unfilled()).toBe(0);
		expect(await shop.outputs()).toMatchObject({
			migrations: { expand: { green: { schema: "2" } }, backfill: { version: "2.0.0", exitCode: 0 } },
		});
		expect((await shop.up()).changes).toEqual({ same: expect.any(Number) });
	});

	it("back to 1: nothing is migrated, and what 2 has written is there", async () => {
		await shop.set("activeColor", "blue");
		const text = await up();
		expect(text).toContain("this is a way back: 2.0.0 has served since 1.0.0 was prepared");
		expect(await schema()).toBe("2");
	});

	it("2 again: expand is not run again, and backfill is, for what 1 has written meanwhile", async () => {
		await sqlRows(shop, "UPDATE orders SET note = NULL WHERE id = (SELECT id FROM orders LIMIT 1)");
		await shop.set("activeColor", "green");
		await up();
		expect(await unfilled()).toBe(0);
		const runs = await sqlRows(
			shop,
			"SELECT phase, count(*) FROM blue_green.migrations WHERE version = '2.0.0' AND exit_code = 0 GROUP BY 1 ORDER BY 1",
		);
		expect(runs).toEqual(["backfill|2", "expand|1"]);
	});

	it("does not close the way back while 1 is declared, in preview already", async () => {
		await shop.set("migrations.closed", "2.0.0");
		const said = await refusal(shop);
		expect(said).toContain(
			'migrations.closed: "2.0.0" gives up the way back, and blue 1.0.0 is still declared: contract would take from it what it works with.',
		);
		expect(said).toContain("pulumi config rm --path colors.blue.version");
		expect(await schema()).toBe("2");
	});

	it("waits with contract until the containers of 1 are gone", async () => {
		await shop.remove("colors.blue.version");
		const text = await up();
		expect(text).toContain(
			"contract of 2.0.0 waits: blue 1.0.0 still runs, and is removed at the end of this `up`",
		);
		expect(await schema()).toBe("2");
		expect(Object.keys(await idsOf(shop.container("blue-")))).toEqual([]);
	});

	it("does not contract while verify does not answer 0, and says both figures", async () => {
		const [id] = await sqlRows(shop, "SELECT id FROM orders LIMIT 1");
		await sqlRows(shop, `UPDATE orders SET note = NULL WHERE id = '${id}'`);
		const outcome = await shop.up();
		expect(outcome.failed).toBe(true);
		expect(outcome.text).toContain(
			"contract of 2.0.0 was not begun: verify answered 1, and only 0 lets it run. Nothing was removed.",
		);
		expect(await schema()).toBe("2");
		await sqlRows(shop, `UPDATE orders SET note = note_text WHERE id = '${id}'`);
	});

	it("contracts: the old column goes while 2 serves", async () => {
		const text = await up();
		expect(text).toContain("contract 2.0.0: the schema is at 3 now");
		const columns = await sqlRows(
			shop,
			"SELECT column_name FROM information_schema.columns WHERE table_name = 'orders' AND column_name LIKE 'note%'",
		);
		expect(columns).toEqual(["note"]);
		const backup = (await backUp(shop, "--list")).find(({ reason }) => reason === "contract");
		expect(backup).toMatchObject({ database: "main", version: "2.0.0", schemaVersion: "2" });
		expect(backup?.counts["public.orders"]).toBeGreaterThanOrEqual(OLD_ORDERS);
		expect((await shop.up()).changes).toEqual({ same: expect.any(Number) });
	});

	it("refuses to go back to 1 now, in preview, with both figures", async () => {
		await shop.set("colors.blue.version", "1.0.0");
		await shop.set("activeColor", "blue");
		const said = await refusal(shop);
		expect(said).toContain(
			'activeColor: blue 1.0.0 works with schema ">=1 <3", and the database is at 3. Allowed: leave traffic on green, or a version that works with 3.',
		);
		expect(said).toContain("pulumi config set activeColor green");
		const outcome = await shop.up();
		expect(outcome.failed).toBe(true);
		expect(await shop.version()).toMatchObject({ color: "green", version: "2.0.0" });
	});

	it("3: knows the new column only", async () => {
		await release("blue", "3.0.0");
		expect(await schema()).toBe("3");
	});

	it("has lost nothing: every row is as it was written", async () => {
		await watch.stop();
		expect(watch.problems).toEqual([]);
		const rows = await sqlRows(shop, "SELECT id, note FROM orders");
		expect(new Map(rows.map((row) => row.split("|") as [string, string]))).toEqual(watch.notes);
		expect(watch.notes.size).toBeGreaterThan(OLD_ORDERS + 500);
		expect(watch.reads).toBeGreaterThan(500);
		console.log(`${watch.notes.size - OLD_ORDERS} orders written, ${watch.reads} read, 0 wrong`);
	});
});

/** What a preview says that refuses. */
async function refusal(shop: TestStack): Promise<string> {
	return shop.preview().then(
		(text) => {
			throw new Error(`the preview refused nothing:\n${text}`);
		},
		(error: Error) => error.message,
	);
}
