import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectFolder } from "../../scripts/lib/environment";
import { interrupt, kill, pulumi, type Running, startPulumi, UP } from "../faults/support/cli";
import { nothingMoves } from "../faults/support/processes";
import { engine, eventually, idsOf } from "./support/docker";
import { sqlRows } from "./support/sql";
import { assertSucceeded, TestStack } from "./support/stack";

/** Blue 1.0.0 serves all the time; what goes wrong are the migrations of green. */
describe("a migration", () => {
	let shop: TestStack;

	beforeAll(async () => {
		shop = await TestStack.create("mig-wrong");
		assertSucceeded(await shop.up());
	});
	afterAll(() => shop?.dispose());

	const flaw = (what: string) => shop.set("migrations.env.MIGRATION_FLAW", what);
	const migrating = () =>
		sqlRows(shop, "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'shop migrate%'");
	const journal = (version: string) =>
		sqlRows(
			shop,
			`SELECT phase, exit_code FROM blue_green.migrations WHERE version = '${version}' AND phase = 'expand' ORDER BY id`,
		);

	/** As it was: blue serves, and nothing of green was started. */
	async function expectUntouched(): Promise<void> {
		expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });
		expect(Object.keys(await idsOf(shop.container("green-")))).toEqual([]);
	}

	it("that fails stops the `up` before the switch, with the database's own message", async () => {
		await flaw("fails expand");
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
		const up = await shop.up();
		expect(up.failed).toBe(true);
		expect(up.text).toMatch(/expand of 2\.0\.0 failed after \S+ m?s with exit code 1\./);
		expect(up.text).toContain('    ERROR: column "id" of relation "orders" already exists');
		expect(up.text).toContain(
			"No container of green 2.0.0 was started, and traffic was not moved: blue 1.0.0 keeps serving.",
		);
		expect(up.text).toContain("Or give up: pulumi config set activeColor blue && pulumi up");
		expect(up.text).not.toContain("    at ");
		await expectUntouched();
		expect(await journal("2.0.0")).toEqual(["expand|1"]);
	});

	it("that hangs is stopped at its deadline, and leaves nothing behind that works on or holds a lock", async () => {
		await flaw("hangs expand");
		await shop.set("migrations.deadline", "3s");
		const up = await shop.up();
		expect(up.failed).toBe(true);
		// 3 s, and 10 s more because this one does not listen to SIGTERM.
		expect(up.text).toMatch(
			/expand of 2\.0\.0 was stopped after 1[34]\.\d s: the deadline is 3\.0 s \(migrations\.deadline\)\./,
		);
		await expectUntouched();
		expect(await migrating()).toEqual([]);
		expect(await journal("2.0.0")).toEqual(["expand|1", "expand|124"]);
		await shop.remove("migrations.deadline");
	});

	it("that has failed runs again, mended, in the next `up`", async () => {
		await shop.remove("migrations.env.MIGRATION_FLAW");
		await shop.set("activeColor", "blue");
		assertSucceeded(await shop.up());
		expect(await journal("2.0.0")).toEqual(["expand|1", "expand|124", "expand|0"]);
		expect((await shop.up()).changes).toEqual({ same: expect.any(Number) });
	});

	/** An `up` that expands another revision of green for 12 s, and is stopped in the middle of it. */
	async function interrupted(revision: string, stop: (up: Running) => void): Promise<string> {
		await flaw("slow expand");
		await shop.set("colors.green.revision", revision);
		const up = startPulumi(shop, ...UP);
		await eventually("the migration has begun", 60_000, async () => up.text().includes("second 2 of 12"));
		stop(up);
		await up.ended;
		await nothingMoves(shop);
		await pulumi(shop, "cancel", "--yes");
		return up.text();
	}

	/** How often it began for this revision, by the trace that the command itself leaves, and what the journal says. */
	async function expectOnce(revision: string, runs: number): Promise<void> {
		expect(await sqlRows(shop, "SELECT count(*) FROM slow_runs")).toEqual([String(runs)]);
		const rows = await sqlRows(
			shop,
			`SELECT exit_code FROM blue_green.migrations WHERE phase = 'expand' AND revision = '${revision}'`,
		);
		expect(rows).toEqual(["0"]);
		expect(await migrationContainers()).toEqual([]);
		expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });
	}

	const migrationContainers = async () => {
		const label = [`blue-green.stack=shop/${shop.name}`, "blue-green.role=migration"];
		const all = await engine.api.listContainers({ all: true, filters: { label } });
		return all.map(({ State }) => State);
	};

	it("goes on when the `up` is killed; the next one waits for it, and does not run it twice", async () => {
		await interrupted("2", kill);
		expect(await migrationContainers()).toEqual(["running"]);
		const up = await shop.up();
		assertSucceeded(up);
		expect(up.text).toContain("by an `up` that was interrupted: its container is waited for");
		expect(up.text).toContain("second 12 of 12");
		await expectOnce("2", 1);
		expect(await shop.outputs()).toMatchObject({
			migrations: { expand: { green: { outcome: "found", exitCode: 0, revision: "2" } } },
		});
	});

	it("goes on after Ctrl-C just the same, and has ended by itself before the next `up`", async () => {
		await interrupted("3", interrupt);
		await eventually(
			"the migration has ended",
			60_000,
			async () => (await migrationContainers())[0] === "exited",
		);
		assertSucceeded(await shop.up());
		await expectOnce("3", 2);
	});

	it("is not begun while another one runs: the second waits, says for whom, and finds it done", async () => {
		const { environment } = await greenExpand(shop);
		const inputs = { ...JSON.parse(environment.BLUE_GREEN_MIGRATION ?? ""), revision: "4" };
		const outputs = (await shop.outputs()).databases as { main: { migratorUrl: string } };
		const env = {
			...process.env,
			BLUE_GREEN_MIGRATION: JSON.stringify(inputs),
			BLUE_GREEN_MIGRATION_SECRETS: JSON.stringify({ DATABASE_URL: outputs.main.migratorUrl }),
		};
		const runs = await Promise.all([runner(env), runner(env)]);
		expect(runs.map(({ record }) => record.outcome).sort()).toEqual(["done", "ran"]);
		expect(runs.map(({ said }) => said).join()).toMatch(
			/waits for another migration of this database: "blue-green expand of green 2\.0\.0" \(PostgreSQL process \d+, connected since \S+ UTC\)/,
		);
		await expectOnce("4", 3);
	});

	it("lets go of its lock when its runner is killed", async () => {
		const { environment } = await greenExpand(shop);
		const inputs = { ...JSON.parse(environment.BLUE_GREEN_MIGRATION ?? ""), revision: "5" };
		const child = spawn(process.execPath, RUNNER, {
			cwd: projectFolder,
			env: {
				...process.env,
				BLUE_GREEN_MIGRATION: JSON.stringify(inputs),
				BLUE_GREEN_MIGRATION_SECRETS: JSON.stringify({
					DATABASE_URL: ((await shop.outputs()).databases as { main: { migratorUrl: string } }).main
						.migratorUrl,
				}),
			},
		});
		const locks = () =>
			sqlRows(shop, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 25191");
		await eventually("the lock is taken", 20_000, async () => (await locks())[0] === "1");
		child.kill("SIGKILL");
		await eventually("the lock is free", 10_000, async () => (await locks())[0] === "0");
	});

	it("whose result the color that serves does not work with is an error before the switch", async () => {
		await shop.remove("migrations.env.MIGRATION_FLAW");
		await shop.set("colors.blue.schema", "<2");
		await shop.set("colors.green.revision", "5");
		const up = await shop.up();
		expect(up.failed).toBe(true);
		expect(up.text).toContain(
			'expand of 2.0.0 has left the schema at 2, and blue 1.0.0, which serves, works with "<2" only.',
		);
		expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });
		await shop.remove("colors.blue.schema");
	});

	it("whose result its own version does not work with is one too, with both figures", async () => {
		await shop.set("colors.green.schema", ">=9");
		await shop.set("colors.green.revision", "6");
		await shop.set("activeColor", "green");
		const up = await shop.up();
		expect(up.failed).toBe(true);
		expect(up.text).toContain(
			'green 2.0.0 works with schema ">=9", and the database is at 2 after its expand.',
		);
		expect(up.text).toContain("Traffic was not moved: blue 1.0.0 keeps serving.");
		await shop.remove("colors.green.schema");
	});

	it("that fills rows and fails leaves the new version serving, and is tried again", async () => {
		await flaw("fails backfill");
		const up = await shop.up();
		expect(up.failed).toBe(true);
		expect(up.text).toMatch(/backfill of 2\.0\.0 failed after \S+ m?s with exit code 1\./);
		expect(up.text).toContain(
			"green 2.0.0 serves, and goes on. Nothing is removed before backfill of 2.0.0 has succeeded.",
		);
		expect(await shop.version()).toMatchObject({ color: "green", version: "2.0.0" });
		await shop.remove("migrations.env.MIGRATION_FLAW");
		assertSucceeded(await shop.up());
		const rows = await sqlRows(
			shop,
			"SELECT exit_code FROM blue_green.migrations WHERE phase = 'backfill' AND version = '2.0.0' ORDER BY id",
		);
		expect(rows).toEqual(["1", "0"]);
		await shop.set("activeColor", "blue");
		assertSucceeded(await shop.up());
	});

	it("shows no secret, in the state or when the command prints it, and no path of this machine", async () => {
		const { password } = new URL(
			((await shop.outputs()).databases as { main: { migratorUrl: string } }).main.migratorUrl,
		);
		await shop.remove("migrations.expand");
		const script =
			"console.log('cannot reach', require('node:fs').readFileSync(process.env.DATABASE_URL_FILE, 'utf8')); process.exit(7)";
		for (const [index, word] of ["node", "-e", script].entries())
			await shop.set(`migrations.expand[${index}]`, word);
		await shop.set("colors.green.revision", "7");
		const up = await shop.up();
		expect(up.failed).toBe(true);
		expect(up.text).toContain("cannot reach ***");
		expect(up.text).not.toContain(password);
		const folder = shop.stack.workspace.envVars.PULUMI_BACKEND_URL?.replace("file://", "") ?? "";
		const state = readFileSync(path.join(folder, ".pulumi", "stacks", "shop", `${shop.name}.json`), "utf8");
		expect(state).toContain("migrate.cjs");
		expect(state).not.toContain(password);
		expect(state).not.toContain(projectFolder);
	});
});

const RUNNER = ["-e", 'require("pulumi-docker-blue-green/migrate.cjs")'];

/** The runner as the command resource starts it. */
async function runner(env: NodeJS.ProcessEnv): Promise<{ record: { outcome: string }; said: string }> {
	const child = spawn(process.execPath, RUNNER, {
		cwd: projectFolder,
		env,
		stdio: ["ignore", "pipe", "pipe"],
	});
	const [out, said] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
	if (out === "") throw new Error(said);
	return { record: JSON.parse(out), said };
}

async function greenExpand(shop: TestStack): Promise<{ environment: Record<string, string> }> {
	const { deployment } = await shop.stack.exportStack();
	const { resources } = deployment as {
		resources: { urn: string; inputs: { environment: Record<string, string> } }[];
	};
	const found = resources.find(({ urn }) => urn.endsWith(`::${shop.container("green-expand")}`));
	if (found === undefined) throw new Error("there is no expand of green in the state");
	return found.inputs;
}
