import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readStackState } from "../../components";
import { inventoryText } from "../../components/plan/inventory";
import { FakeEngine } from "../unit/runtime/support/fake-engine";
import { CONTAINER, find, run, runStack, type Situation } from "./program";
import { SHOP } from "./shop";

const CUTOVER = "pulumi-nodejs:dynamic/blueGreen:Cutover";
const NOWHERE = "unix:///nowhere/docker.sock";

/** By the state, blue 0.9.0 serves: other than what the host shows, so that one can tell who was asked. */
const STATE: NonNullable<Situation["state"]> = {
	[`urn:pulumi:prod::shop::blue-green:index:BlueGreen$${CUTOVER}::shop-prod-cutover`]: {
		type: CUTOVER,
		outputs: { activeColor: "blue", releases: { blue: { version: "0.9.0", services: {} } } },
	},
	"urn:pulumi:prod::shop::docker:index/container:Container::shop-prod-proxy": {
		type: CONTAINER,
		outputs: { ports: [{ ip: "127.0.0.1", external: 8087, internal: 8087 }] },
	},
};
const BY_THE_STATE = {
	deployed: { serving: "blue", releases: { blue: { version: "0.9.0", services: {} } } },
	published: ["127.0.0.1:8087"],
};

const RELEASES = {
	blue: { version: "1.0.0", services: {} },
	green: { version: "2.0.0", services: {} },
};

const PRESENT = { blue: ["1.0.0"], green: ["2.0.0"] };

let fake: FakeEngine;
let files: Map<string, string>;
beforeEach(async () => {
	fake = await FakeEngine.start();
	const labels = { "blue-green.stack": "shop/prod" };
	const replica = (color: string, version: string) => ({
		labels: { ...labels, "blue-green.color": color, "blue-green.version": version },
	});
	const proxyLabels = { ...labels, "blue-green.role": "proxy" };
	const ports = [{ IP: "127.0.0.1", PrivatePort: 8088, PublicPort: 8088 }];
	fake.containers.set("shop-prod-proxy", { labels: proxyLabels, ports });
	fake.containers.set("shop-prod-blue-web-1", replica("blue", "1.0.0"));
	fake.containers.set("shop-prod-green-web-1", replica("green", "2.0.0"));
	files = new Map([
		["/switch/green_below", "g"],
		["/config/blue-green/releases.json", JSON.stringify(RELEASES)],
	]);
	fake.file = (container, path) => (container === "shop-prod-proxy" ? files.get(path) : undefined);
});
afterEach(() => fake.close());

const theHost = () => `unix://${fake.socketPath}`;
/** What the last `up` exported, where the host shows what it left. */
const agreed = () => ({
	containers: inventoryText([...fake.containers.keys()].map((name) => `id-of-${name}`)),
});
const read = async (dockerHost: string) =>
	(await run(() => readStackState("shop-prod"), { state: STATE, exports: agreed(), dockerHost })).outputs;

describe("what is deployed", () => {
	test("is what the host shows, whatever the state says", async () => {
		expect(await read(theHost())).toEqual({
			deployed: {
				serving: "green",
				releases: RELEASES,
				servingRelease: { version: "2.0.0" },
				present: PRESENT,
			},
			published: ["127.0.0.1:8088"],
		});
	});

	test("is known without the whole state, where the host shows what the last `up` exported", async () => {
		const situation = { state: STATE, exports: agreed(), dockerHost: theHost() };
		const { asked } = await run(() => readStackState("shop-prod"), situation);
		expect(asked).toEqual(["pulumi:pulumi:readStackOutputs"]);
	});

	test("is read again where it was just being written", async () => {
		const situation = { state: STATE, exports: agreed(), dockerHost: theHost(), failingCalls: 3 };
		const { asked, outputs } = await run(() => readStackState("shop-prod"), situation);
		expect(asked).toEqual(Array(4).fill("pulumi:pulumi:readStackOutputs"));
		expect(outputs.deployed.serving).toBe("green");
	});

	test("is unfinished where the host shows containers of a release that failed", async () => {
		fake.containers.set("shop-prod-blue-web-1", {
			labels: {
				"blue-green.stack": "shop/prod",
				"blue-green.color": "blue",
				"blue-green.version": "1.1.0",
			},
		});
		expect((await read(theHost())).deployed.unfinished).toEqual(["blue"]);
	});

	test("is what the state says where the host cannot be asked", async () => {
		expect(await read(NOWHERE)).toEqual(BY_THE_STATE);
	});

	test.for([
		["shows no proxy of this stack", () => fake.containers.delete("shop-prod-proxy")],
		["has no record", () => files.delete("/config/blue-green/releases.json")],
	] as const)("is what the state says where the host %s", async ([, change]) => {
		change();
		expect(await read(theHost())).toEqual(BY_THE_STATE);
	});

	test("is nothing before the first release", async () => {
		const { outputs } = await run(() => readStackState("shop-prod"), { dockerHost: NOWHERE });
		expect(outputs).toEqual({ deployed: { releases: {} }, published: [] });
	});
});

describe("where host and state disagree", () => {
	/** A state that knows these containers and nothing else. */
	const knowing = (...names: string[]): NonNullable<Situation["state"]> =>
		Object.fromEntries(
			names.map((name) => [
				`urn:pulumi:prod::shop::${CONTAINER}::shop-prod-${name}`,
				{ type: CONTAINER, outputs: { id: `id-of-shop-prod-${name}` } },
			]),
		);
	const settle = (state: NonNullable<Situation["state"]>, preview = false) =>
		run(() => readStackState("shop-prod"), { state, preview, dockerHost: theHost() });
	/** The message of a program that refuses. */
	const refusal = async (state: NonNullable<Situation["state"]>, preview = false) =>
		(
			await run(
				() =>
					readStackState("shop-prod").then(
						() => "",
						(error: Error) => error.message,
					),
				{ state, preview, dockerHost: theHost() },
			)
		).outputs;
	beforeEach(() => {
		fake.containers.set("shop-prod-blue-worker-1", {
			labels: { "blue-green.stack": "shop/prod", "blue-green.role": "service", "blue-green.color": "blue" },
		});
	});

	test("an `up` removes what an interrupted one has left, says so, and does not take it for deployed", async () => {
		fake.networks.set("n1", { name: "shop-prod-data", labels: { "blue-green.stack": "shop/prod" } });
		const { outputs, said } = await settle(knowing("proxy", "blue-web-1", "green-web-1"));
		expect(fake.ended).toEqual([
			"stop shop-prod-blue-worker-1",
			"remove shop-prod-blue-worker-1",
			"remove network n1",
		]);
		expect(said.join()).toContain("used by nobody: shop-prod-blue-worker-1, shop-prod-data.");
		expect(outputs.deployed).toEqual({
			serving: "green",
			releases: RELEASES,
			servingRelease: { version: "2.0.0" },
			present: PRESENT,
		});
	});

	test("a migration's container is left to whoever runs migrations next", async () => {
		fake.containers.set("shop-prod-green-expand", {
			labels: { "blue-green.stack": "shop/prod", "blue-green.role": "migration" },
		});
		const { said } = await settle(knowing("proxy", "blue-web-1", "blue-worker-1", "green-web-1"));
		expect(fake.ended).toEqual([]);
		expect(said.join()).not.toContain("green-expand");
	});

	test("a preview only says what would be removed", async () => {
		const { said } = await settle(knowing("proxy", "blue-web-1", "green-web-1"), true);
		expect(fake.ended).toEqual([]);
		expect(said.join()).toContain("has left behind shop-prod-blue-worker-1,");
	});

	test("a container that is gone is said to be", async () => {
		const { said } = await settle(
			knowing("proxy", "blue-web-1", "blue-worker-1", "green-web-1", "green-web-2"),
		);
		expect(said.join()).toContain("the state has shop-prod-green-web-2, the Docker host does not.");
	});

	test.for([true, false])(
		"an empty state is refused before anything is touched (preview: %j)",
		async (preview) => {
			expect(await refusal({}, preview)).toContain("The state of stack prod is empty, but shop/prod runs");
			expect(fake.ended).toEqual([]);
		},
	);

	test("what is in use and unknown is refused before anything is touched", async () => {
		expect(await refusal(knowing("blue-web-1", "green-web-1"))).toContain(
			"The state of stack prod does not know 1 container that is in use.",
		);
		expect(fake.ended).toEqual([]);
	});
});

describe("a whole stack", () => {
	/** What is ignored of each service's container when the host serves blue, and has this record. */
	async function ignored(record: (releases: object) => object): Promise<Record<string, readonly string[]>> {
		const first = await runStack(SHOP);
		const { releases } = find(first.resources, CUTOVER, "shop-prod-cutover").inputs;
		files.set("/switch/green_below", "0");
		files.set("/config/blue-green/releases.json", JSON.stringify(record(releases as object)));
		const { resources } = await runStack({ ...SHOP, exports: agreed(), dockerHost: theHost() });
		const services = resources.filter(
			({ type, name }) => type === CONTAINER && /-(blue|green)-web-\d$/.test(name),
		);
		return Object.fromEntries(services.map(({ name, ignoreChanges }) => [name, ignoreChanges]));
	}

	test("leaves alone what the host shows to be released, though its state is empty", async () => {
		expect(await ignored((releases) => releases)).toEqual({
			"shop-prod-blue-web-1": ["*"],
			"shop-prod-blue-web-2": ["*"],
			"shop-prod-green-web-1": ["*"],
			"shop-prod-green-web-2": ["*"],
		});
	});

	test("leaves alone what serves, though the host has no record of it", async () => {
		expect(await ignored(() => ({}))).toEqual({
			"shop-prod-blue-web-1": ["*"],
			"shop-prod-blue-web-2": ["*"],
			"shop-prod-green-web-1": [],
			"shop-prod-green-web-2": [],
		});
	});

	test("does not take its own proxy's port for another program's", async () => {
		const stack = await runStack({ ...SHOP, exports: agreed(), dockerHost: theHost() });
		expect(stack.outputs.url).toBe("http://127.0.0.1:8088");
	});
});
