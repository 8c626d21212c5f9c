import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LoadOptions, VISITS } from "../../scripts/load";
import { engine, eventually } from "../e2e/support/docker";
import { failedWindow } from "./support/failed-window";
import { expectServes, underFault } from "./support/fault";
import { FaultyShop } from "./support/shop";

/** What the shop answers without PostgreSQL, and without Redis: so a request that fails has failed by the release. */
const WITHOUT_POSTGRES: LoadOptions["requests"] = [{ path: "/version" }];
const WITHOUT_REDIS: LoadOptions["requests"] = VISITS.filter(({ method }) => method !== "POST");

/** The databases that both colors share go down while a release is made. */
describe("a release while a database is down", () => {
	let shop: FaultyShop;
	beforeAll(async () => {
		shop = await FaultyShop.start("f-db");
	});
	afterAll(() => shop?.dispose());

	const database = (name: "main" | "cache") => engine.api.getContainer(shop.stack.container(`db-${name}`));

	/** Started again, and well by its own health check. */
	async function start(name: "main" | "cache"): Promise<void> {
		await database(name).start();
		await eventually(`database ${name} is healthy`, 60_000, async () => {
			const { State } = await database(name).inspect();
			return State.Health?.Status === "healthy";
		});
	}

	it("PostgreSQL, before the expand of a new version: nothing of it is started, and it says what to do", async () => {
		const { serving, next } = shop;
		await shop.wants(next.version);
		await database("main").stop();
		const { report } = await shop.releaseFails({
			load: { requests: WITHOUT_POSTGRES },
			says: [
				`expand of ${next.version} could not be made: the database does not run: ${shop.stack.container("db-main")} is exited (docker start ${shop.stack.container("db-main")})`,
				`traffic was not moved: ${serving.color} ${serving.version} keeps serving.`,
			],
		});
		expect(report.byColor).toEqual({ [serving.color]: report.sent });
		await start("main");
		await shop.recovers();
	});

	it("PostgreSQL, at the gate of a version that was expanded before: is not switched to, for that reason", async () => {
		const { serving, next } = shop;
		await shop.wants(next.version, "10s");
		await database("main").stop();
		const { report } = await shop.releaseFails({
			load: { requests: WITHOUT_POSTGRES },
			says: [
				`${next.color} ${next.version} is not ready after`,
				/GET \/health answered 503: \{"status":"unhealthy","checks":\{"postgres":"(?!ok)[^"]+","redis":"ok"\}\}/,
				`Traffic was not moved: ${serving.color} keeps serving.`,
			],
		});
		expect(report.byColor).toEqual({ [serving.color]: report.sent });
		await start("main");
		await shop.recovers();
	});

	it("Redis, at the gate: the same, and only orders, which need it, fail", async () => {
		const { serving, next } = shop;
		await shop.wants(next.version, "10s");
		await database("cache").stop();
		const { report } = await shop.releaseFails({
			says: [
				`${next.color} ${next.version} is not ready after`,
				/GET \/health answered 503: \{"status":"unhealthy","checks":\{"postgres":"ok","redis":"(?!ok)[^"]+"\}\}/,
				`Traffic was not moved: ${serving.color} keeps serving.`,
			],
			failures: (report) => {
				expect(Object.keys(report.failures)).toEqual(["503"]);
				expect(failedWindow(report)).toMatchObject({
					requests: ["POST /api/orders"],
					colors: [serving.color],
				});
			},
		});
		expect(report.byColor).toEqual({ [serving.color]: report.sent });
		await start("cache");
		await shop.recovers();
	});

	it("Redis, between the switch and its verification: traffic moves back", async () => {
		const { serving, next } = shop;
		await shop.wants(next.version);
		// A hundred requests, one after another, is time enough for a process to be stopped in.
		await shop.stack.set("health.passes", "100");
		await shop.stack.set("health.interval", "20ms");
		const { State } = await database("cache").inspect();
		const { report } = await shop.releaseFails({
			load: { requests: WITHOUT_REDIS },
			act: async () => {
				const stopped = eventually(
					`${next.color} answers`,
					200_000,
					async () => (await shop.stack.version()).color === next.color,
					5,
				).then(() => process.kill(State.Pid, "SIGSTOP"));
				const [up] = await Promise.all([shop.stack.up(), stopped]).finally(() =>
					process.kill(State.Pid, "SIGCONT"),
				);
				return up;
			},
			says: [
				`${next.color} ${next.version} did not pass the verification through the proxy: GET ${shop.stack.url}/health (web) answered 503`,
				'"redis":"no answer within 1000 ms"',
				new RegExp(`Traffic was moved back to ${serving.color} in \\S+ m?s; ${serving.color} serves\\.`),
			],
		});
		expect(report.byColor[next.color]).toBeGreaterThan(0);
		await shop.stack.remove("health.passes");
		await shop.stack.remove("health.interval");
		await shop.recovers();
	});

	it("PostgreSQL, after the switch: nothing moves, and the next up finds nothing to do", async () => {
		const { serving } = shop;
		await database("main").stop();
		const { up, report } = await underFault(shop.stack, {
			act: () => shop.stack.up(),
			fails: false,
			serves: serving,
			load: { requests: WITHOUT_POSTGRES },
			says: [],
		});
		expect(Object.keys(up.changes)).toEqual(["same"]);
		expect(report.byColor).toEqual({ [serving.color]: report.sent });
		await start("main");
		await expectServes(shop.stack, serving);
		await shop.recovers();
	});
});
