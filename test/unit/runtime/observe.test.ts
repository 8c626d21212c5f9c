import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type * as peek from "../../../components/runtime/docker/peek";
import type * as observe from "../../../components/runtime/observe";
import { FakeEngine } from "./support/fake-engine";
import { loadInProvider } from "./support/shim";

const { peekContainers } = loadInProvider<typeof peek>("runtime/docker/peek.ts");
const { observeClosely, observeHost } = loadInProvider<typeof observe>("runtime/observe.ts");

const STACK = { "blue-green.stack": "shop/prod" };
const BLUE_LABELS = { ...STACK, "blue-green.color": "blue", "blue-green.version": "1.0.0" };
const RELEASES = { blue: { version: "1.0.0", services: {} } };

let fake: FakeEngine;
let files: Map<string, string>;
beforeEach(async () => {
	fake = await FakeEngine.start();
	vi.stubEnv("DOCKER_HOST", `unix://${fake.socketPath}`);
	const ports = [
		{ IP: "127.0.0.1", PrivatePort: 8080, PublicPort: 8080 },
		{ IP: "::1", PrivatePort: 8080, PublicPort: 8080 },
		{ PrivatePort: 443 },
	];
	fake.containers.set("p-proxy", { labels: STACK, ports });
	fake.containers.set("p-blue-web-1", { labels: BLUE_LABELS, status: "exited" });
	fake.containers.set("q-proxy", { labels: { "blue-green.stack": "shop/dev" } });
	fake.containers.set("somebody-else", {});
	fake.volumes.set("p-db-main-data", STACK);
	fake.volumes.set("q-db-main-data", { "blue-green.stack": "shop/dev" });
	files = new Map([
		["/switch/green_below", "0"],
		["/config/blue-green/releases.json", JSON.stringify(RELEASES)],
	]);
	fake.file = (container, path) => (container === "p-proxy" ? files.get(path) : undefined);
});
afterEach(async () => {
	vi.unstubAllEnvs();
	await fake.close();
});

const CONTAINERS = [
	{
		id: "id-of-p-proxy",
		name: "p-proxy",
		status: "running",
		labels: STACK,
		published: ["127.0.0.1:8080", "::1:8080"],
	},
	{ id: "id-of-p-blue-web-1", name: "p-blue-web-1", status: "exited", labels: BLUE_LABELS, published: [] },
];

const VOLUMES = [{ name: "p-db-main-data", labels: STACK }];

describe("the containers of a stack", () => {
	test.for(["a socket of this machine", "an address elsewhere"])(
		"are listed by an Engine behind %s, also those that do not run, and nobody else's",
		async (where) => {
			if (where === "an address elsewhere") vi.stubEnv("DOCKER_HOST", await fake.listenOnTcp());
			expect(await peekContainers("shop/prod")).toEqual(CONTAINERS);
		},
	);

	test("are none where there is no such stack", async () => {
		expect(await peekContainers("shop/nowhere")).toEqual([]);
	});

	test("cannot be listed where nothing answers", async () => {
		vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
		await expect(peekContainers("shop/prod")).rejects.toThrow("ENOENT");
	});
});

describe("what the host shows of a stack", () => {
	test.for(["a socket of this machine", "an address elsewhere"])(
		"is containers, volumes, switch and record, by an Engine behind %s",
		async (where) => {
			if (where === "an address elsewhere") vi.stubEnv("DOCKER_HOST", await fake.listenOnTcp());
			expect(await observeHost("shop/prod", "p-proxy")).toEqual({
				containers: CONTAINERS,
				volumes: VOLUMES,
				switchValue: "0",
				releases: RELEASES,
			});
		},
	);

	test("is what has served, where that was recorded, apart from what was released", async () => {
		const served = { blue: { version: "1.0.0", since: "2026-11-21T10:00:00.000Z" } };
		files.set("/config/blue-green/releases.json", JSON.stringify({ ...RELEASES, served }));
		expect(await observeHost("shop/prod", "p-proxy")).toMatchObject({ releases: RELEASES, served });
	});

	test("is seen of a proxy that does not run, too", async () => {
		fake.containers.set("p-proxy", { labels: STACK, status: "exited" });
		files.set("/switch/green_below", "g");
		expect(await observeHost("shop/prod", "p-proxy")).toMatchObject({ switchValue: "g", releases: RELEASES });
	});

	test.for([
		["there is no proxy's container", () => fake.containers.delete("p-proxy")],
		["the proxy is another stack's", () => fake.containers.set("p-proxy", { labels: {} })],
	] as const)("is its containers where %s", async ([, change]) => {
		change();
		const seen = await observeHost("shop/prod", "p-proxy");
		expect(Object.keys(seen ?? {})).toEqual(["containers", "volumes"]);
		expect(seen?.containers.map(({ name }) => name)).toEqual(["p-blue-web-1"]);
	});

	test.for([
		["nothing was recorded", () => files.delete("/config/blue-green/releases.json")],
		["the record is broken", () => files.set("/config/blue-green/releases.json", '{"blue":')],
		["the record is empty", () => files.set("/config/blue-green/releases.json", "")],
	] as const)("is containers and switch where %s", async ([, change]) => {
		change();
		expect(await observeHost("shop/prod", "p-proxy")).toEqual({
			containers: CONTAINERS,
			volumes: VOLUMES,
			switchValue: "0",
		});
	});

	test("is containers and record where there is no switch file", async () => {
		files.delete("/switch/green_below");
		expect(await observeHost("shop/prod", "p-proxy")).toEqual({
			containers: CONTAINERS,
			volumes: VOLUMES,
			releases: RELEASES,
		});
	});

	test.for([
		["no socket is there", () => vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock")],
		["nothing listens elsewhere", () => vi.stubEnv("DOCKER_HOST", "tcp://127.0.0.1:1")],
	] as const)("is unknown where %s", async ([, change]) => {
		change();
		expect(await observeHost("shop/prod", "p-proxy")).toBeUndefined();
	});
});

describe("a closer look", () => {
	beforeEach(() => {
		fake.networks.set("n1", { name: "p-app", labels: STACK });
		fake.networks.set("n2", { name: "q-app", labels: { "blue-green.stack": "shop/dev" } });
		files.set("/config/blue-green/Caddyfile", "a Caddyfile");
	});
	const look = async () => {
		const glance = await observeHost("shop/prod", "p-proxy");
		if (glance === undefined) throw new Error("the host does not answer");
		return observeClosely(glance, "shop/prod", "p-proxy");
	};

	test("shows the stack's own networks and the Caddyfile as well", async () => {
		expect(await look()).toMatchObject({
			containers: CONTAINERS,
			networks: [{ id: "n1", name: "p-app" }],
			caddyfile: "a Caddyfile",
		});
	});

	test("shows no Caddyfile where there is no proxy", async () => {
		fake.containers.delete("p-proxy");
		expect(Object.keys(await look())).toEqual(["containers", "volumes", "networks"]);
	});
});
