import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SHIMS } from "../../../components/blue-green/shim";
import type { HoldInputs } from "../../../components/runtime/database-update";
import type * as resources from "../../../components/runtime/resources";
import type { CutoverOutputs, DrainOutputs, HealthGateOutputs } from "../../../components/runtime/steps";
import { FakeHost, PROXY } from "./support/fake-host";
import { withoutTimes } from "./support/server";
import { providerOf } from "./support/shim";

/** What Pulumi puts in place of a value that a preview does not know yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

// As the provider process has them: loaded from disk by the text that stands in the state.
const healthGate = providerOf<typeof resources.healthGate>(SHIMS.healthGate);
const cutover = providerOf<typeof resources.cutover>(SHIMS.cutover);
const drain = providerOf<typeof resources.drain>(SHIMS.drain);
const databaseCheck = providerOf<typeof resources.databaseCheck>(SHIMS.databaseCheck);

const databaseHold = providerOf<typeof resources.databaseHold>(SHIMS.databaseHold);
const databaseReady = providerOf<typeof resources.databaseReady>(SHIMS.databaseReady);
const databaseResume = providerOf<typeof resources.databaseResume>(SHIMS.databaseResume);

let host: FakeHost;
beforeEach(async () => {
	host = await FakeHost.start();
	vi.stubEnv("DOCKER_HOST", `unix://${host.fake.socketPath}`);
});
afterEach(async () => {
	vi.unstubAllEnvs();
	await host.close();
});

/** What the state file makes of outputs. */
function throughState<T>(value: T): T {
	return JSON.parse(JSON.stringify(value)) as T;
}

/** `value` with one property, named by its path, replaced. */
function changed<T extends object>(value: T, path: string, to: unknown): T {
	const copy = throughState(value);
	const keys = path.split(".");
	const last = keys.pop() ?? "";
	const parent = keys.reduce<Record<string, unknown>>(
		(at, key) => at[key] as Record<string, unknown>,
		copy as Record<string, unknown>,
	);
	parent[last] = to;
	return copy;
}

describe("the cutover differs", () => {
	let state: CutoverOutputs;
	beforeEach(() => {
		host.released("blue", "a Caddyfile");
		state = throughState({
			...host.inputs("blue"),
			activeColor: "blue",
			activeVersion: "1.0.0",
			standbyColor: "green",
			standbyVersion: "2.0.0",
			caddyfileInForce: true,
		});
	});
	const differs = async (olds = state, news = host.inputs("blue")) =>
		(await cutover.diff("cutover", olds, news)).changes;

	test("in nothing from what it did", async () => {
		expect(await differs()).toBe(false);
	});

	test("in nothing because something is spelled out that was left unsaid", async () => {
		const news = host.inputs("blue");
		const proxy = { ...news.proxy, host: undefined } as unknown as typeof news.proxy;
		expect(await differs(state, { ...news, proxy })).toBe(false);
	});

	test("in nothing because requests are held: the color is known all the same", async () => {
		host.files.set("/switch/green_below", "0-held-until-9999999999");
		expect(await differs()).toBe(false);
		host.files.set("/switch/green_below", "g-held-until-9999999999");
		expect(await differs()).toBe(true);
	});

	test.for([
		["active", "green"],
		["caddyfile", "another"],
		["maintenance", "on"],
		["page", "<h1>closed</h1>"],
		["previewToken", "a new one"],
		["previewToken", UNKNOWN],
		["proxy.id", "a new container"],
		["proxy.colorHeader", "X-Other"],
		["releases.blue.version", "1.0.1"],
		["upstreams.green", ["p-green-web-1:3000", "p-green-web-2:3000"]],
		["releases", UNKNOWN],
		["proxy.id", UNKNOWN],
		["proxy", UNKNOWN],
	] as const)("when %s is %j", async ([path, to]) => {
		expect(await differs(state, changed(host.inputs("blue"), path, to))).toBe(true);
	});

	test.for([
		["traffic", "another wording"],
		["policy.deadlineMs", 1],
		["gate.durationMs", 99],
		["gate", UNKNOWN],
		["checks", []],
		["ownChecks", [{ name: "true", command: ["true"], deadlineMs: 1 }]],
	] as const)("not when only %s is %j: nothing would happen otherwise", async ([path, to]) => {
		expect(await differs(state, changed(host.inputs("blue"), path, to))).toBe(false);
	});

	test.for([
		["activeColor", "green"],
		["activeColor", "shared"],
		["activeColor", "none"],
		["caddyfileInForce", false],
	] as const)("when a refresh found %s to be %j", async ([path, to]) => {
		expect(await differs(changed(state, path, to))).toBe(true);
	});

	describe("while a trial is paused", () => {
		const steps = [{ percent: 20, holdMs: 1, pause: true }];
		const paused = () => {
			host.files.set("/switch/green_below", "3333-to-green-0123456789abcdef0123456789abcdef");
			const onTrial = { to: "green" as const, share: 20, paused: true };
			return { ...state, ...host.inputs("green"), activeColor: "shared" as const, onTrial };
		};
		const wants = (trial: object | undefined) => ({
			...host.inputs("green"),
			...(trial && { trial: { steps, ...trial } }),
		});

		test("not where nobody has let it go on", async () => {
			expect(await differs(paused(), wants({}))).toBe(false);
		});

		test("when somebody has, or has given it up, or has taken its steps away", async () => {
			expect(await differs(paused(), wants({ passedTo: 20 }))).toBe(true);
			expect(await differs(paused(), host.inputs("blue"))).toBe(true);
			expect(await differs(paused(), wants(undefined))).toBe(true);
		});

		test("when the share is another one by now, or it is over", async () => {
			const olds = paused();
			host.files.set("/switch/green_below", "8000-to-green-0123456789abcdef0123456789abcdef");
			expect(await differs(olds, wants({}))).toBe(true);
			host.files.set("/switch/green_below", "0");
			expect(await differs(olds, wants({}))).toBe(true);
		});

		test("when it was interrupted, and not paused", async () => {
			const { onTrial, ...olds } = paused();
			expect(await differs({ ...olds, onTrial: { ...onTrial, paused: false } }, wants({}))).toBe(true);
		});
	});

	test("when the proxy does something else than the state knows", async () => {
		host.released("green", "a Caddyfile");
		expect(await differs()).toBe(true);
	});

	test("when visitors get the page of maintenance, and the state does not know", async () => {
		host.files.set("/switch/green_below", "0-maintenance");
		expect(await differs()).toBe(true);
		expect(await differs({ ...state, maintenance: "on" }, host.inputs("blue", { maintenance: "on" }))).toBe(
			false,
		);
	});

	test("not when the Engine cannot be reached: a preview may run elsewhere", async () => {
		vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
		expect(await differs()).toBe(false);
	});
});

describe("the health gate differs", () => {
	const targets = [{ container: "p-blue-web-1", id: "id-1", service: "web", readiness: { docker: true } }];
	const inputs = {
		active: "blue",
		colors: { blue: { version: "1.0.0", targets } },
		proxy: PROXY,
		policy: { intervalMs: 5, timeoutMs: 5, passes: 1, deadlineMs: 5 },
	} as const;
	const state: HealthGateOutputs = {
		...inputs,
		result: "blue 1.0.0: 1 replica ready",
		lastRun: { startedAt: "2026-11-21T10:00:00.000Z", durationMs: 7 },
	};
	const differs = async (news: object) =>
		(await healthGate.diff("health-gate", throughState(state), news as typeof inputs)).changes;

	test("in nothing from what it did", async () => {
		expect(await differs(inputs)).toBe(false);
	});

	test.for([
		["active", "green"],
		["colors.blue.targets", [{ ...targets[0], id: "id-2" }]],
		["colors", UNKNOWN],
		["colors.blue.targets", UNKNOWN],
		["proxy", "another"],
	] as const)("when %s is %j", async ([path, to]) => {
		expect(await differs(changed(inputs, path, to))).toBe(true);
	});

	test("not when only its patience is another", async () => {
		expect(await differs(changed(inputs, "policy.deadlineMs", 99))).toBe(false);
	});
});

describe("the look at a database's image", () => {
	const inputs = {
		type: "postgres" as const,
		database: "main",
		container: "shop-prod-db-main",
		image: "sha256:1",
		imageName: "postgres:17.4",
		volume: "shop-prod-db-main-data",
		parameters: ["-c", "work_mem=8MB"],
		owner: "shop",
		stack: "shop/prod",
	};
	const state = { ...inputs, result: "PostgreSQL 17.4, data of 17" };
	const changes = async (news: object) =>
		(await databaseCheck.diff("database-check", throughState(state), news as typeof inputs)).changes;

	test("is taken again for another image, volume or parameter, and for an image that is still to be pulled", async () => {
		for (const [path, to] of [
			["image", "sha256:2"],
			["image", UNKNOWN],
			["volume", "restored"],
			["parameters", []],
		] as const)
			expect(await changes(changed(inputs, path, to)), path).toBe(true);
	});

	test("is not taken again for another name of the same image", async () => {
		expect(await changes(inputs)).toBe(false);
		expect(await changes({ ...inputs, imageName: "postgres:17" })).toBe(false);
	});
});

describe("the drain", () => {
	const inputs = {
		active: "blue",
		proxy: PROXY,
		upstreams: { blue: ["a:1"], green: ["b:1"] },
		policy: { mode: "inflight", timeoutMs: 0, delayMs: 0 },
		standby: "warm",
	} as const;
	const remaining = { requests: 0, streams: 0 };
	const record = { color: "green", outcome: "drained", durationMs: 5, remaining } as const;
	const state: DrainOutputs = { ...inputs, lastDrain: record };
	const differs = async (news: object) =>
		(await drain.diff("drain", throughState(state), news as typeof inputs)).changes;

	test("differs when traffic moves, and only then", async () => {
		expect(await differs(inputs)).toBe(false);
		const policy = { ...inputs.policy, timeoutMs: 99 };
		expect(await differs({ ...inputs, policy, upstreams: { blue: [], green: [] } })).toBe(false);
		expect(await differs({ ...inputs, active: "green" })).toBe(true);
		expect(await differs({ ...inputs, active: UNKNOWN })).toBe(true);
	});

	test("differs when a color loses the share that it had on trial, wherever traffic was drained to before", async () => {
		expect(await differs({ ...inputs, givenUp: true })).toBe(true);
	});

	test("does nothing while both colors serve, and knows the last one", async () => {
		const { outs } = await drain.update("drain", state, { ...inputs, active: "shared" });
		expect(outs).toEqual({ ...state, active: "shared" });
		expect(host.log).toEqual([]);
	});

	test("has nothing to wait for after the first release", async () => {
		expect(await drain.create(inputs)).toEqual({ id: "drain", outs: inputs });
	});

	test("gives back all its inputs: what it leaves out is lost from the state", async () => {
		const { outs } = await drain.update("drain", state, { ...inputs, active: "green" });
		expect(outs).toMatchObject({
			...inputs,
			active: "green",
			lastDrain: { color: "blue", outcome: "skipped" },
		});
	});
});

describe("through the provider", () => {
	const lines = () =>
		vi
			.mocked(console.log)
			.mock.calls.map(([line]) => withoutTimes(String(line).replace("info: [runtime] ", "")));
	// Without an engine to tell it to, Pulumi's log goes to the console.
	beforeEach(() => void vi.spyOn(console, "log").mockImplementation(() => {}));
	afterEach(() => void vi.restoreAllMocks());

	test("the cutover is made, read and updated", async () => {
		const made = await cutover.create(host.inputs("blue"));
		expect(made).toMatchObject({ id: "cutover", outs: { ...host.inputs("blue"), activeColor: "blue" } });
		host.released("green", "a Caddyfile");
		const read = await cutover.read("cutover", made.outs);
		expect(read).toMatchObject({ id: "cutover", props: { activeColor: "green" } });
		expect(lines()).toEqual([
			"cutover: Caddy runs a new Caddyfile: the routing shape changed",
			"cutover: traffic: blue 1",
		]);
		const { outs } = await cutover.update("cutover", read.props, host.inputs("blue"));
		expect(outs).toMatchObject({ activeColor: "blue", lastCutover: { from: "green", to: "blue" } });
		expect(host.serving()).toBe("blue");
	});

	test("the health gate is made and updated", async () => {
		const { policy, targets } = host.inputs("blue");
		const inputs = {
			active: "blue",
			colors: { blue: { version: "1.0.0", targets } },
			proxy: PROXY,
			policy,
		} as const;
		const made = await healthGate.create(inputs);
		expect(made).toMatchObject({ id: "health-gate", outs: inputs });
		expect(withoutTimes(made.outs.result)).toBe("blue 1.0.0: 1 replica ready in <time>");
		expect(lines().at(-1)).toBe("health gate: blue 1.0.0: 1 replica ready in <time>");
		const { outs } = await healthGate.update("health-gate", made.outs, inputs);
		expect(outs.result).toBe("nothing new to check");
	});

	test("nothing is done when one of them is deleted: there is no such function", () => {
		for (const provider of [healthGate, cutover, drain, databaseCheck])
			expect(provider).not.toHaveProperty("delete");
	});
});

describe("the hold before a database is replaced", () => {
	const main = { container: "p-db-main", imageId: "sha256:a", settings: "{}", why: "" };
	const news: HoldInputs = { proxy: PROXY, prefix: "p", holdForMs: 30_000, databases: { main } };
	beforeEach(() => {
		host.released("blue", "a Caddyfile");
		const labels = { "blue-green.settings": "{}" };
		host.fake.containers.set("p-db-main", { imageId: "sha256:a", labels });
	});
	const differs = async (after: HoldInputs = news) =>
		(await databaseHold.diff("hold", throughState(news), after)).changes;

	test("differs in nothing where nothing does, nor by its reason, which is for people", async () => {
		expect(await differs()).toBe(false);
		expect(await differs(changed(news, "databases.main.why", "image 17.4 → 17.5"))).toBe(false);
	});

	test.for([
		["databases.main.imageId", "sha256:b"],
		["databases.main.imageId", UNKNOWN],
		["databases.main.settings", "{ }"],
		["databases", UNKNOWN],
		["proxy", UNKNOWN],
		["holdForMs", 0],
	] as const)("differs by %s %s", async ([path, to]) => {
		expect(await differs(changed(news, path, to))).toBe(true);
	});

	test("differs where an up was killed before it replaced the container", async () => {
		host.fake.containers.set("p-db-main", { imageId: "sha256:before" });
		expect(await differs()).toBe(true);
	});

	test("differs where an up was killed and has left requests held", async () => {
		host.files.set("/switch/green_below", "0-held-until-1763745600");
		expect(await differs()).toBe(true);
	});

	test("believes the state where Docker cannot be asked", async () => {
		vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
		expect(await differs()).toBe(false);
	});
});

describe("the steps after it", () => {
	test("a database has to show that it answers where its container is new", async () => {
		const news = { name: "main", container: "p-db-main", containerId: "a", deadlineMs: 1_000 };
		const hold = { startedAtMs: 1, databases: {} };
		const differs = async (after: object) =>
			(await databaseReady.diff("ready", news, { ...news, ...after })).changes;
		expect(await differs({})).toBe(false);
		expect(await differs({ hold, deadlineMs: 2_000 })).toBe(false);
		expect(await differs({ containerId: "b" })).toBe(true);
		expect(await differs({ containerId: UNKNOWN })).toBe(true);
	});

	test("requests go on after every hold, and after every new container", async () => {
		const hold = { startedAtMs: 1, databases: { main: "" } };
		const news = { proxy: PROXY, prefix: "p", holdForMs: 1, databases: { main: { id: "a" } }, hold };
		const differs = async (after: object) =>
			(await databaseResume.diff("resume", throughState(news), { ...news, ...after })).changes;
		expect(await differs({})).toBe(false);
		expect(await differs({ hold: { ...hold, startedAtMs: 2 } })).toBe(true);
		expect(await differs({ databases: { main: { id: "b" } } })).toBe(true);
	});

	test("on the first up there is nothing to hold and nothing to let go", async () => {
		const path = { proxy: PROXY, prefix: "p", holdForMs: 1 };
		const { outs: held } = await databaseHold.create({ ...path, databases: {} });
		expect(held).toEqual({ ...path, databases: {}, lastHold: null });
		const { outs } = await databaseResume.create({ ...path, databases: {} });
		expect(outs).toEqual({ ...path, databases: {} });
	});
});
