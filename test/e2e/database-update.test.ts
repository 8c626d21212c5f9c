import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SWITCH_FILE } from "../../components/proxy/paths";
import { heldValue } from "../../components/proxy/switch-file";
import type { DatabaseUpdate } from "../../components/runtime/database-update";
import type { LoadReport } from "../../scripts/load";
import { kill, pulumi, type Running, startPulumi, UP } from "../faults/support/cli";
import { nothingMoves } from "../faults/support/processes";
import { answers, CONNECTION_ERRORS, gapOf, killCaddy } from "../faults/support/proxy";
import { engine, eventually, inContainer } from "./support/docker";
import { CONNECTIONS, underLoad } from "./support/load";
import { assertSucceeded, TestStack, type UpOutcome } from "./support/stack";

const HOLD_S = 10;
const IMAGES = "blue-green-test-update";

/**
 * What the application's visitors notice of a database that is replaced: nothing but a wait. 100 requests/s over 50 kept
 * connections, GET and POST, from a client that never retries.
 */
describe("an update of a database under load", () => {
	let shop: TestStack;
	/** Images as the settings have them. */
	const before: Record<string, string> = {};

	beforeAll(async () => {
		shop = await TestStack.create("e2e-database-update");
		await shop.set("proxy.holdFor", `${HOLD_S}s`);
		const all = await shop.stack.getAllConfig();
		const databases = JSON.parse(all["shop:databases"]?.value ?? "{}") as Record<string, { image: string }>;
		for (const [name, { image }] of Object.entries(databases)) {
			before[name] = image;
			await execa("docker", ["tag", image, next(name)]);
		}
		assertSucceeded(await shop.up());
	});
	afterAll(async () => {
		await shop?.dispose();
		await execa("docker", ["image", "rm", ...Object.keys(before).map(next), broken()], { reject: false });
	});

	/** The same server under another name, as a minor version is to Pulumi. */
	function next(database: string): string {
		return `${IMAGES}/${database}:${before[database]?.split(":").at(-1)}`;
	}

	/** An image whose server passes every look at it, and does not start. */
	function broken(): string {
		return `${IMAGES}/broken:${before.main?.split(":").at(-1)}`;
	}

	async function lastUpdate(): Promise<DatabaseUpdate> {
		return (await shop.outputs()).lastDatabaseUpdate as DatabaseUpdate;
	}

	function idOf(name: string): Promise<string> {
		return engine.api
			.getContainer(shop.container(name))
			.inspect()
			.then(({ Id }) => Id);
	}

	function switchFile(): Promise<string> {
		return inContainer(shop.container("proxy"), "cat", SWITCH_FILE);
	}

	/** Orders that the shop has, done or not. */
	async function orders(): Promise<number> {
		const response = await fetch(`${shop.url}/api/orders/stats`);
		const { queued, done } = (await response.json()) as { queued: number; done: number };
		return queued + done;
	}

	/** Every request was answered well, over the same connections; every order that was taken is there, and no other one. */
	async function nobodyNoticed(report: LoadReport, ordersBefore: number): Promise<void> {
		expect(report.failures).toEqual({});
		expect(report.connectionsOpened).toBe(CONNECTIONS);
		const taken = report.samples.filter(({ status }) => status === 201).length;
		expect(taken).toBeGreaterThan(50);
		expect((await orders()) - ordersBefore).toBe(taken);
	}

	it.for(["main", "cache"] as const)("%s: requests wait, and none fails", async (name) => {
		await shop.set(`databases.${name}.image`, next(name));
		const preview = await shop.preview();
		expect(preview).toContain(
			`database ${name}: image ${before[name]} → ${next(name)}. It restarts, and is away`,
		);
		expect(preview).toContain(`Requests wait at the proxy meanwhile, at most ${HOLD_S}.0 s.`);
		const old = await idOf(`db-${name}`);
		const count = await orders();
		const { value: up, report } = await underLoad(shop.url, () => shop.up(), { timeoutMs: 60_000 });
		assertSucceeded(up);
		await nobodyNoticed(report, count);
		expect(await idOf(`db-${name}`)).not.toBe(old);
		expectOrder(up, [
			`update ${shop.container("hold")}`,
			`delete-replaced ${shop.container(`db-${name}`)}`,
			`create-replacement ${shop.container(`db-${name}`)}`,
			`update ${shop.container(`db-${name}-ready`)}`,
			`update ${shop.container("resume")}`,
		]);
		const update = await lastUpdate();
		expect(Object.keys(update.databases)).toEqual([name]);
		expect(update.drain?.outcome).toBe("drained");
		const { outageMs = 0 } = update.databases[name] ?? {};
		console.log(
			`${name} was away for ${outageMs} ms; requests waited at most ${Math.round(report.maxMs)} ms (the step says ${update.heldMs}) of ${report.sent}`,
		);
		const read = up.text.split("\n").filter((line) => /^ {4}(info|database)\b/.test(line));
		console.log(read.join("\n"));
		expect(outageMs).toBeGreaterThan(100);
		expect(update.heldMs).toBeGreaterThan(outageMs);
		expect(report.maxMs).toBeGreaterThan(outageMs);
		expect(report.maxMs).toBeLessThan(HOLD_S * 1_000);
		expect(await switchFile()).toBe("0");
		expect(Object.keys((await shop.up()).changes)).toEqual(["same"]);
	});

	it("says beforehand how long the last one took", async () => {
		await shop.set("databases.main.image", before.main ?? "");
		const { outages } = await lastUpdate();
		const shown = `${((outages.main ?? 0) / 1_000).toFixed(1)} s`;
		const seen = (outages.main ?? 0) < 1_000 ? `${outages.main} ms` : shown;
		expect(await shop.preview()).toContain(`is away for about ${seen}, as at its last update here.`);
	});

	it("up killed while requests wait: they are let go when the time is over, and none fails", async () => {
		const old = await idOf("db-main");
		const count = await orders();
		const { value: running, report } = await underLoad(
			shop.url,
			async () => {
				const killed = await killedWhileHeld();
				expect(await switchFile()).toMatch(/^0-held-until-\d+$/);
				await nothingMoves(shop);
				await eventually("the hold is over", 30_000, async () => (await switchFile()) === "0");
				return killed;
			},
			{ timeoutMs: 60_000 },
		);
		expect((await running.ended).signal).toBe("SIGKILL");
		expect(await idOf("db-main")).toBe(old);
		await nobodyNoticed(report, count);
		expect(report.maxMs).toBeGreaterThan((HOLD_S - 3) * 1_000);
		expect(report.maxMs).toBeLessThan((HOLD_S + 3) * 1_000);
	});

	it("the up after that updates it, and none fails", async () => {
		await pulumi(shop, "cancel", "--yes");
		const count = await orders();
		const { value: up, report } = await underLoad(shop.url, () => shop.up(), { timeoutMs: 60_000 });
		assertSucceeded(up);
		await nobodyNoticed(report, count);
		expect(up.steps).toContain(`update ${shop.container("hold")}`);
		expect((await lastUpdate()).databases.main?.why).toContain(`→ ${before.main}`);
		expect(Object.keys((await shop.up()).changes)).toEqual(["same"]);
	});

	it("proxy killed while requests wait: connections fail while it is down, no more, and the update goes on", async () => {
		await shop.set("databases.main.image", next("main"));
		const { value: ended, report } = await underLoad(
			shop.url,
			async () => {
				const up = startPulumi(shop, ...UP);
				await held(up);
				await killCaddy(shop);
				const all = await up.ended;
				await answers(shop);
				return all;
			},
			{ timeoutMs: 60_000 },
		);
		expect(ended.exitCode, ended.text).toBe(0);
		expect(report.failed).toBeGreaterThan(0);
		expect(Object.keys(report.failures).filter((kind) => !CONNECTION_ERRORS.includes(kind))).toEqual([]);
		const gap = gapOf(report);
		expect((gap?.toMs ?? 0) - (gap?.fromMs ?? 0)).toBeLessThan(HOLD_S * 1_000);
		expect(await switchFile()).toBe("0");
		expect(Object.keys((await shop.up()).changes)).toEqual(["same"]);
	});

	it("nobody ends the hold: 503 says when to come again, to GET and POST; the next up removes what is left of it", async () => {
		const until = heldValue("0", Math.floor(Date.now() / 1_000) + 600);
		await inContainer(
			shop.container("proxy"),
			"sh",
			"-c",
			`printf %s ${until} > ${SWITCH_FILE}.t && mv ${SWITCH_FILE}.t ${SWITCH_FILE}`,
		);
		const ask = async (init: RequestInit) => {
			const start = performance.now();
			const response = await fetch(`${shop.url}/api/products`, init);
			const afterMs = performance.now() - start;
			return { status: response.status, headers: response.headers, text: await response.text(), afterMs };
		};
		for (const answer of await Promise.all([ask({}), ask({ method: "POST", body: "x".repeat(200_000) })])) {
			expect(answer.status).toBe(503);
			expect(answer.headers.get("retry-after")).toBe("5");
			expect(answer.text).toContain("<h1>A short interruption</h1>");
			expect(answer.afterMs).toBeGreaterThan(HOLD_S * 1_000);
			expect(answer.afterMs).toBeLessThan((HOLD_S + 3) * 1_000);
		}
		expect(await shop.outputs()).toMatchObject({ activeColor: "blue" });
		const up = await shop.up();
		assertSucceeded(up);
		expect(up.text).toContain("requests were held by an interrupted up, and are no more");
		expect(await switchFile()).toBe("0");
		expect((await fetch(`${shop.url}/api/products`)).status).toBe(200);
	});

	it("a database that does not come back: requests are let go, and the error says what it said last", async () => {
		const name = `${shop.prefix}-broken`;
		const entry = 'ENTRYPOINT ["sh", "-c", "echo this server does not start, on purpose; sleep 0.2; exit 7"]';
		await execa("docker", ["create", "--name", name, before.main ?? ""]);
		await execa("docker", ["commit", "--change", entry, name, broken()]);
		await execa("docker", ["rm", name]);
		await shop.set("databases.main.image", broken());
		const { value: up, report } = await underLoad(shop.url, () => shop.up(), { timeoutMs: 60_000 });
		expect(up.failed).toBe(true);
		expect(up.text).toMatch(
			/The database main \(\S+-db-main\) did not come back, after \S+ m?s: it has ended \(exit code 7\)/,
		);
		expect(up.text).toContain("this server does not start, on purpose");
		expect(up.text).toContain(
			"Requests that waited at the proxy were let go; the application answers them as it can without the database.",
		);
		expect(up.text).toContain("blue keeps serving.");
		expect(up.text).toContain("Next: docker logs");
		expect(up.text).not.toContain("    at ");
		expect(await switchFile()).toBe("0");
		// What fails is the application's own answer.
		expect(Object.keys(report.failures).filter((kind) => !/^50[03]$/.test(kind))).toEqual([]);
		await shop.set("databases.main.image", before.main ?? "");
		assertSucceeded(await shop.up());
		const count = await orders();
		const well = await underLoad(shop.url, () => shop.up());
		expect(Object.keys(well.value.changes)).toEqual(["same"]);
		expect(well.report.failures).toEqual({});
		expect(await orders()).toBeGreaterThan(count);
	});

	async function held(up: Running): Promise<void> {
		const waits = async () => up.text().includes("requests wait at the proxy");
		await eventually("requests wait", 120_000, waits, 10);
	}

	async function killedWhileHeld(): Promise<Running> {
		const up = startPulumi(shop, ...UP);
		await held(up);
		kill(up);
		return up;
	}
});

/** The steps are all there, in this order. */
function expectOrder({ steps }: UpOutcome, wanted: readonly string[]): void {
	expect(
		wanted.filter((step) => !steps.includes(step)),
		steps.join("\n"),
	).toEqual([]);
	const positions = wanted.map((step) => steps.indexOf(step));
	expect(positions).toEqual(positions.toSorted((a, b) => a - b));
}
