import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ProxyFiles } from "../../../components/runtime/caddy/files";
import { runHold } from "../../../components/runtime/database-hold";
import { runDatabaseReady } from "../../../components/runtime/database-ready";
import { runResume } from "../../../components/runtime/database-resume";
import type { HoldInputs, HoldRecord, ResumeInputs } from "../../../components/runtime/database-update";
import { hold, release } from "../../../components/runtime/hold";
import { sleep } from "../../../components/runtime/report";
import { FakeHost, PROXY, RELEASES } from "./support/fake-host";
import { Said, withoutTimes } from "./support/server";

const SWITCH = "/switch/green_below";
const HELD_GREEN = /^g-held-until-\d{10}$/;

let host: FakeHost;
let said: Said;
/** Commands that were run in the proxy's container, with their environment. */
let ran: { command: string[]; env: Record<string, string> }[];
/** What the database's health command ends with. */
let healthExit: number;

beforeEach(async () => {
	host = await FakeHost.start();
	said = new Said();
	ran = [];
	healthExit = 0;
	vi.stubEnv("DOCKER_HOST", `unix://${host.fake.socketPath}`);
	host.released("green", "a Caddyfile");
	host.fake.containers.set("p-db-main", {
		imageId: "sha256:old",
		labels: { "blue-green.settings": "as it is" },
		healthTest: ["CMD", "pg_isready"],
		logs: ["PostgreSQL was here"],
	});
	host.fake.run = async (container, command, env) => {
		if (container === PROXY) ran.push({ command, env });
		return container === PROXY ? {} : { exitCode: healthExit, stdout: "no response" };
	};
});
afterEach(async () => {
	vi.unstubAllEnvs();
	await host.close();
});

const files = () => new ProxyFiles(host.engine, PROXY);
const value = () => host.files.get(SWITCH) ?? "";

async function failureOf(work: Promise<unknown>): Promise<string> {
	const error = await work.then(
		() => new Error("nothing failed"),
		(caught: Error) => caught,
	);
	return withoutTimes(error.message);
}

describe("a hold", () => {
	test("is written behind the value, its end in whole seconds, and its watchdog comes first", async () => {
		const before = Date.now();
		const held = await hold(host.engine, PROXY, files(), 30_000);
		const untilMs = Number(/\d+$/.exec(value())?.[0]) * 1_000;
		expect(value()).toMatch(HELD_GREEN);
		expect(held).toEqual({ untilMs });
		expect(untilMs).toBeGreaterThan(before + 28_000);
		expect(untilMs).toBeLessThanOrEqual(Date.now() + 30_000);
		expect(ran.map(({ command }) => command.slice(0, 2))).toEqual([["sh", "-c"]]);
		expect(ran[0]?.env).toEqual({
			FILE: SWITCH,
			HELD: value(),
			RELEASED: "g",
			UNTIL: String(untilMs / 1_000),
		});
	});

	test("is by the Docker host's clock", async () => {
		host.fake.clockOffsetMs = 3_600_000;
		const held = await hold(host.engine, PROXY, files(), 30_000);
		expect(Math.abs((held?.untilMs ?? 0) - Date.now() - 3_630_000)).toBeLessThan(3_000);
	});

	test("is not begun where nothing serves", async () => {
		host.files.delete(SWITCH);
		expect(await hold(host.engine, PROXY, files(), 30_000)).toBeUndefined();
		expect(ran).toEqual([]);
	});

	test("is ended by one rename, and only once", async () => {
		await hold(host.engine, PROXY, files(), 30_000);
		expect(await release(files())).toBe(true);
		expect(value()).toBe("g");
		const writes = host.log.length;
		expect(await release(files())).toBe(false);
		expect(host.log.slice(writes).filter((line) => line.startsWith("write"))).toEqual([]);
	});
});

describe("the watchdog, in a real shell", () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "watchdog-"));
	});
	afterEach(() => rmSync(folder, { recursive: true }));

	/** Its script, run on this machine with a file of ours, for a hold that ends in `seconds`. */
	async function watch(seconds: number) {
		await hold(host.engine, PROXY, files(), 30_000);
		const file = join(folder, "green_below");
		const until = Math.floor(Date.now() / 1_000) + seconds;
		const held = `g-held-until-${until}`;
		writeFileSync(file, "g");
		const env = { ...process.env, FILE: file, HELD: held, RELEASED: "g", UNTIL: String(until) };
		const child = spawn("sh", ["-c", ran[0]?.command[2] ?? ""], { env });
		const ended = new Promise((resolve) => child.on("exit", resolve));
		return { file, held, until, ended, now: () => readFileSync(file, "utf8") };
	}

	test("ends a hold that nobody ends, then and not before", async () => {
		const { file, held, until, ended, now } = await watch(2);
		await sleep(300);
		expect(now()).toBe("g");
		writeFileSync(file, held);
		while (Date.now() < until * 1_000 - 50) {
			expect(now()).toBe(held);
			await sleep(50);
		}
		expect(await ended).toBe(0);
		expect(now()).toBe("g");
		expect(Date.now() - until * 1_000).toBeLessThan(3_000);
	});

	test("goes away when somebody else has ended it, and touches nothing that came after", async () => {
		const { file, held, ended, now } = await watch(2);
		writeFileSync(file, held);
		await sleep(600);
		writeFileSync(file, "0-held-until-9999999999");
		await ended;
		expect(now()).toBe("0-held-until-9999999999");
	});
});

describe("before a database is replaced", () => {
	const inputs = (changes: object = {}, path: object = {}): HoldInputs => ({
		proxy: PROXY,
		prefix: "p",
		holdForMs: 6_000,
		databases: {
			main: {
				container: "p-db-main",
				imageId: "sha256:new",
				settings: "as it is",
				why: "image 17.4 → 17.5",
				...changes,
			},
		},
		...path,
	});
	const run = (news = inputs()) => runHold(host.engine, undefined, news, said);

	test("requests wait, and those in flight finish first", async () => {
		host.inFlight["p-green-web-1:3000"] = 2;
		host.inFlight["p-green-web-1.:3000"] = 5;
		host.inFlight["other-web-1:3000"] = 7;
		setTimeout(() => {
			expect(value()).toMatch(HELD_GREEN);
			host.inFlight["p-green-web-1:3000"] = 0;
		}, 500);
		const { lastHold } = await run();
		expect(lastHold).toMatchObject({
			databases: { main: "image 17.4 → 17.5" },
			drain: { outcome: "drained" },
		});
		expect(lastHold?.drain?.durationMs).toBeGreaterThan(500);
		expect(value()).toMatch(HELD_GREEN);
		expect(said.infos.map(withoutTimes)).toEqual([
			"requests wait at the proxy while main (image 17.4 → 17.5) is replaced, at most <time>",
			"requests in flight have finished, after <time>",
		]);
		expect(said.warnings).toEqual([]);
	});

	test("those that do not finish get a third of the time, and it is said", async () => {
		host.inFlight["p-green-web-1:3000"] = 1;
		const { lastHold } = await run(inputs({}, { holdForMs: 1_500 }));
		expect(lastHold).toMatchObject({
			drain: { outcome: "timed-out" },
			remaining: { requests: 1, streams: 0 },
		});
		expect(said.warnings.map(withoutTimes)).toEqual([
			"requests in flight have not finished within <time> (1 request): the database is replaced under them",
		]);
	});

	test.for([
		["its image is another", {}],
		["its settings are others", { imageId: "sha256:old", settings: "as it is to be" }],
	] as const)("where %s", async ([, changes]) => {
		await run(inputs(changes));
		expect(value()).toMatch(HELD_GREEN);
	});

	test("nothing happens where the container is what it is to be", async () => {
		const { lastHold } = await run(inputs({ imageId: "sha256:old" }));
		expect(lastHold).toBeNull();
		expect(value()).toBe("g");
		expect(said.infos).toEqual([]);
	});

	test.for([
		["there is no such container yet", () => host.fake.containers.delete("p-db-main")],
		["nothing serves", () => host.files.delete(SWITCH)],
		["the proxy does not run", () => host.fake.containers.set(PROXY, { status: "exited" })],
	] as const)("nothing happens where %s", async ([, change]) => {
		change();
		expect((await run()).lastHold).toBeNull();
		expect(ran).toEqual([]);
	});

	test("requests do not wait where the settings say so", async () => {
		const { lastHold } = await run(inputs({}, { holdForMs: 0 }));
		expect(lastHold?.untilMs).toBeUndefined();
		expect(lastHold?.databases).toEqual({ main: "image 17.4 → 17.5" });
		expect(value()).toBe("g");
	});

	test("a hold that an interrupted up has left is ended", async () => {
		host.files.set(SWITCH, "0-held-until-9999999999");
		await run(inputs({ imageId: "sha256:old" }));
		expect(value()).toBe("0");
		expect(said.infos).toEqual(["requests were held by an interrupted up, and are no more"]);
	});

	test("a switch file that cannot be written is said, and no database is touched", async () => {
		host.readOnly.add(SWITCH);
		expect(await failureOf(run())).toMatchInlineSnapshot(`
			"Requests could not be made to wait for the update of a database: cannot write /switch/green_below in p-proxy: Read-only file system
			No database was touched.
			Next: mend that, or update without it (pulumi config set --path proxy.holdFor 0), then: pulumi up"
		`);
		expect(value()).toBe("g");
	});
});

describe("a database is ready", () => {
	const news = {
		name: "main",
		container: "p-db-main",
		containerId: "id-of-p-db-main",
		deadlineMs: 700,
		proxy: PROXY,
	};
	const main = () => host.fake.containers.get("p-db-main") ?? {};
	const record: HoldRecord = { startedAtMs: Date.now(), databases: { main: "image 17.4 → 17.5" } };

	test.for([
		["by Docker's word", { health: { status: "healthy" } }, 1],
		["by its own command, before Docker asks", { health: { status: "starting" } }, 0],
		["because it runs, where nothing is known to ask it", { healthTest: ["NONE"] }, 1],
	] as const)("%s", async ([, is, exit]) => {
		Object.assign(main(), is);
		healthExit = exit;
		const { outageMs } = await runDatabaseReady(host.engine, news, said);
		expect(outageMs).toBeNull();
		expect(said.infos).toEqual([]);
	});

	test("and its outage is from the stop to then", async () => {
		main().stoppedAtMs = record.startedAtMs + 10;
		healthExit = 2;
		setTimeout(() => {
			healthExit = 0;
		}, 300);
		const { outageMs } = await runDatabaseReady(host.engine, { ...news, hold: record }, said);
		expect(outageMs).toBeGreaterThan(200);
		expect(said.infos.map(withoutTimes)).toEqual(["answers again, after <time>"]);
	});

	test("not within its time: what it said last, and what requests do now", async () => {
		healthExit = 2;
		host.files.set(SWITCH, "g-held-until-9999999999");
		expect(
			await failureOf(runDatabaseReady(host.engine, { ...news, hold: record }, said)),
		).toMatchInlineSnapshot(`
			"The database main (p-db-main) did not come back, after <time>: its health command ends with 2: no response
			  its last log lines:
			    PostgreSQL was here
			Requests that waited at the proxy were let go; the application answers them as it can without the database. Traffic was not moved: green keeps serving.
			Next: docker logs p-db-main; then give main the settings that it had before (pulumi config set --path databases.main.…), and: pulumi up"
		`);
		expect(value()).toBe("g");
	});

	test.for([
		[{ status: "exited", exitCode: 7 }, "it has ended (exit code 7)"],
		[
			{ status: "restarting", exitCode: 1, restarts: 3 },
			"it has ended (exit code 1), and was started again 3 times",
		],
		[{ status: "exited", exitCode: 137, outOfMemory: true }, "it has ended (exit code 137, out of memory)"],
	] as const)("never, and that is said at once: %j", async ([is, seen]) => {
		Object.assign(main(), is);
		const start = performance.now();
		const text = await failureOf(runDatabaseReady(host.engine, { ...news, deadlineMs: 60_000 }, said));
		expect(text).toContain(`does not answer, after <time>: ${seen}`);
		expect(performance.now() - start).toBeLessThan(5_000);
	});
});

describe("after it is back", () => {
	const service = {
		image: "i",
		route: "/",
		port: 3000,
		readiness: { http: { port: 3000, path: "/health" } },
		replicaCount: 1,
	};
	const inputs = (untilMs: number | undefined = Date.now() + 5_000): ResumeInputs => ({
		proxy: PROXY,
		prefix: "p",
		holdForMs: 6_000,
		databases: { main: { id: "new", outageMs: 812 }, cache: { id: "old" } },
		hold: {
			startedAtMs: Date.now() - 1_000,
			...(untilMs !== undefined && { untilMs }),
			databases: { main: "image 17.4 → 17.5" },
			drain: { outcome: "drained", durationMs: 260 },
		},
	});
	beforeEach(() => {
		host.files.set(SWITCH, "g-held-until-9999999999");
		host.files.set(
			RELEASES,
			JSON.stringify({ green: { version: "1", services: { web: service, worker: { replicaCount: 1 } } } }),
		);
		const web = host.fake.containers.get("p-green-web-1") ?? {};
		web.labels = { "blue-green.role": "service" };
	});
	const run = (news = inputs(), olds?: object) =>
		runResume(host.engine, olds as never, news, said).then(({ lastUpdate }) => lastUpdate);

	test("requests go on when the replicas that serve are ready, and the update is recorded", async () => {
		host.health.green = 503;
		setTimeout(() => {
			expect(value()).toMatch(/held/);
			host.health.green = 200;
		}, 400);
		const update = await run();
		expect(value()).toBe("g");
		expect(update).toEqual({
			startedAt: expect.stringMatching(/^20\d\d-.*Z$/),
			databases: { main: { why: "image 17.4 → 17.5", outageMs: 812 } },
			heldMs: expect.any(Number),
			replicasMs: expect.any(Number),
			drain: { outcome: "drained", durationMs: 260 },
			outages: { main: 812 },
		});
		expect(update?.heldMs).toBeGreaterThan(1_400);
		expect(said.infos.map(withoutTimes)).toEqual(["requests go on, after at most <time>"]);
	});

	test("the outages of other databases stay known", async () => {
		const update = await run(inputs(), { lastUpdate: { outages: { cache: 500, main: 900 } } });
		expect(update?.outages).toEqual({ cache: 500, main: 812 });
	});

	test("replicas that are not ready before the hold ends are named, and requests go on all the same", async () => {
		host.health.green = 503;
		const text = await failureOf(run(inputs(Date.now() + 1_500)));
		expect(text).toContain("green is not ready after <time> of at most <time>.");
		expect(text).toContain("p-green-web-1");
		expect(text).toContain("The databases answer again, and the requests that waited were let go.");
		expect(value()).toBe("g");
	});

	test("a hold that was over before is said, and nothing is left of it", async () => {
		await run(inputs(Date.now() - 100));
		expect(value()).toBe("g");
		expect(said.warnings.map(withoutTimes)).toEqual([
			"requests waited for all of <time> and were let go before the databases answered",
		]);
	});

	test("an update without a hold is recorded, too", async () => {
		const { untilMs: _, ...unheld } = inputs().hold as HoldRecord;
		const update = await run({ ...inputs(), hold: unheld });
		expect(update).toMatchObject({ heldMs: 0, outages: { main: 812 } });
	});

	test("the hold of an earlier up is none: nothing is touched", async () => {
		const news = inputs();
		const lastUpdate = { startedAt: "then" };
		expect(await run(news, { ...news, lastUpdate })).toBe(lastUpdate);
		expect(value()).toMatch(/held/);
		expect(host.log).toEqual([]);
	});
});
