import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import {
	BlueGreen,
	type BlueGreenArgs,
	type Deployed,
	Networks,
	ReverseProxy,
	type ReverseProxyArgs,
} from "../../components";
import { CONTAINER, find, type Registered, type Run, run, type Situation } from "./program";

const GATE = "pulumi-nodejs:dynamic/blueGreen:HealthGate";
const CUTOVER = "pulumi-nodejs:dynamic/blueGreen:Cutover";
const DRAIN = "pulumi-nodejs:dynamic/blueGreen:Drain";

type Settings = Omit<BlueGreenArgs, "proxy" | "network">;

const SHOP: Settings = {
	activeColor: "blue",
	images: "shop-{service}:{version}",
	colors: { blue: { version: "1.0.0" }, green: { version: "2.0.0" } },
	services: { web: { port: 3000, route: "/" }, worker: { onlyWhenActive: true } },
};

/** Another program than the stack of this project: no databases, no secrets, settings given in code. */
function release(
	settings: Partial<Settings> = {},
	proxy: Partial<ReverseProxyArgs> = {},
	situation?: Situation,
): Promise<Run<BlueGreen>> {
	return run(async () => {
		const { app } = new Networks("p");
		const front = new ReverseProxy("p", { ...proxy, network: app });
		return new BlueGreen("p", { ...SHOP, ...settings, proxy: front, network: app });
	}, situation);
}

function containers({ resources }: Run<unknown>): string[] {
	return resources
		.filter(({ type, name }) => type === CONTAINER && name !== "p-proxy")
		.map(({ name }) => name);
}

/** What the state knows after `settings` were carried out: taken from the cutover that they registered. */
async function deployedBy(settings: Partial<Settings> = {}): Promise<Deployed> {
	const { resources } = await release(settings);
	const { active, releases } = find(resources, CUTOVER, "p-cutover").inputs;
	return JSON.parse(JSON.stringify({ serving: active, releases })) as Deployed;
}

async function resolved<T>(output: pulumi.Output<T>): Promise<T> {
	return new Promise((resolve) => output.apply(resolve));
}

describe("what a color declares", () => {
	test("both colors, and what runs once for the active one", async () => {
		expect(containers(await release()).sort()).toEqual(["p-blue-web-1", "p-blue-worker-1", "p-green-web-1"]);
		expect(containers(await release({ activeColor: "green" })).sort()).toEqual([
			"p-blue-web-1",
			"p-green-web-1",
			"p-green-worker-1",
		]);
	});

	test("nothing of a standby that is removed", async () => {
		const one = await release({ standby: "removed" });
		expect(containers(one).sort()).toEqual(["p-blue-web-1", "p-blue-worker-1"]);
		expect(find(one.resources, GATE, "p-health-gate").inputs.colors).not.toHaveProperty("green");
	});

	test("nothing of a color without a version", async () => {
		const one = await release({ colors: { blue: { version: "1.0.0" }, green: {} } });
		expect(containers(one).sort()).toEqual(["p-blue-web-1", "p-blue-worker-1"]);
		expect(one.resources.map(({ name }) => name)).not.toContain("p-green");
	});
});

describe("a release that is deployed", () => {
	const containerOptions = (of: Run<unknown>) =>
		Object.fromEntries(
			of.resources
				.filter(({ type, name }) => type === CONTAINER && name !== "p-proxy")
				.map(({ name, ignoreChanges }) => [name, ignoreChanges]),
		);

	test("is not changed by anything; a new one is", async () => {
		const deployed = await deployedBy();
		const colors = { blue: { version: "1.0.0" }, green: { version: "2.0.1" } };
		expect(containerOptions(await release({ deployed, colors }))).toEqual({
			"p-blue-web-1": ["*"],
			"p-blue-worker-1": ["*"],
			"p-green-web-1": [],
		});
	});

	test("is nothing at first", async () => {
		expect(Object.values(containerOptions(await release())).flat()).toEqual([]);
	});

	test("says what is held back until the next one", async () => {
		const services = { ...SHOP.services, web: { port: 3000, route: "/", env: { LOG: "debug" } } };
		const { said } = await release({ deployed: await deployedBy(), services });
		const line = (color: string, version: string) =>
			`${color} stays as ${version} was released, though the settings of services.web differ by now. Changes take effect with the next release: another colors.${color}.version or .revision.`;
		expect(said).toEqual([line("blue", "1.0.0"), line("green", "2.0.0")]);
	});

	test("says where traffic goes when it moves, and nothing when it stays", async () => {
		const deployed = await deployedBy();
		expect((await release({ deployed, activeColor: "green" })).said).toEqual([
			"traffic: blue 1.0.0 → green 2.0.0\nblue serves until green is ready. To give up: pulumi config set activeColor blue && pulumi up",
		]);
		expect((await release({ deployed })).said).toEqual([]);
	});
});

describe("the steps of a release", () => {
	const steps = ({ resources }: Run<unknown>): Registered[] => [
		find(resources, GATE, "p-health-gate"),
		find(resources, CUTOVER, "p-cutover"),
		find(resources, DRAIN, "p-drain"),
	];

	test("wait for the proxy and every container of both colors, and each for the one before", async () => {
		const all = [...containers(await release()), "p-proxy"].map((name) => `${CONTAINER} ${name}`);
		const [gate, cutover, drain] = steps(await release());
		for (const step of [gate, cutover, drain])
			expect(step?.dependencies).toEqual(expect.arrayContaining(all));
		expect(cutover?.dependencies).toContain(`${GATE} p-health-gate`);
		expect(drain?.dependencies).toContain(`${CUTOVER} p-cutover`);
	});

	test("keep one URN for ever, whichever color is active", async () => {
		const urns = async (settings: Partial<Settings>) => steps(await release(settings)).map(({ urn }) => urn);
		expect(await urns({ activeColor: "green", standby: "removed" })).toEqual(await urns({}));
	});

	test("are given nothing secret but the token of the preview, and nothing that changes with the active color but what has to", async () => {
		const [blue, green] = [await release(), await release({ activeColor: "green" })].map(steps);
		const differing = (index: number) =>
			Object.keys(blue?.[index]?.inputs ?? {}).filter(
				(key) => JSON.stringify(blue?.[index]?.inputs[key]) !== JSON.stringify(green?.[index]?.inputs[key]),
			);
		expect(differing(0)).toEqual(["active", "colors"]);
		expect(differing(1).sort()).toEqual(["active", "targets", "traffic"]);
		expect(differing(2)).toEqual(["active"]);
		for (const steps of [blue, green])
			expect(steps?.map(({ secretInputs }) => secretInputs)).toEqual([[], ["previewToken"], []]);
	});

	test("ask the public side by the host name and the header that the proxy has", async () => {
		const asked = async (proxy: Partial<ReverseProxyArgs>) =>
			find((await release({}, proxy)).resources, CUTOVER, "p-cutover").inputs.proxy;
		expect(await asked({})).toEqual({
			container: "p-proxy",
			id: "id-of-p-proxy",
			url: "http://127.0.0.1:8080",
			colorHeader: "X-Color",
			preview: { header: "X-Preview" },
		});
		const hosts = ["shop.example.com", "b.example.com"];
		expect(await asked({ hosts, colorHeader: false, bindAddress: "0.0.0.0", httpPort: 80 })).toEqual({
			container: "p-proxy",
			id: "id-of-p-proxy",
			url: "http://127.0.0.1:80",
			host: "shop.example.com",
			preview: { header: "X-Preview" },
		});
		expect(await asked({ bindAddress: "::1" })).toMatchObject({ url: "http://[::1]:8080" });
	});

	test("ask for a route under its host", async () => {
		const services = {
			web: {
				port: 3000,
				routes: [{ path: "/" }, { host: "api.example.com", path: "/v1", stripPrefix: true }],
			},
		};
		const hosts = ["shop.example.com", "*.example.com"];
		const { resources } = await release({ services }, { hosts });
		expect(find(resources, CUTOVER, "p-cutover").inputs.checks).toEqual([
			{ service: "web", path: "/health", expect: "2xx" },
			{ service: "web", host: "api.example.com", path: "/v1/health", expect: "2xx" },
		]);
	});

	test("look at the new color first with a token that is secret, and not where the preview is off", async () => {
		const cutover = async (preview: object) =>
			find((await release({}, { preview })).resources, CUTOVER, "p-cutover");
		const on = await cutover({ header: "X-Look" });
		expect(on.inputs.previewToken).toBe("hush-p-proxy-preview-token");
		expect(on.secretInputs).toEqual(["previewToken"]);
		expect(on.inputs.proxy).toMatchObject({ preview: { header: "X-Look" } });
		expect(on.inputs.caddyfile).toContain("header X-Look *");
		const off = await cutover({ enabled: false, port: 8081 });
		expect(off.inputs).not.toHaveProperty("previewToken");
		expect(off.inputs.proxy).not.toHaveProperty("preview");
		expect(off.inputs.caddyfile).not.toMatch(/preview|8081/);
	});

	test("ask what the settings ask of a new color, as they are now; it is no part of the release", async () => {
		const { resources } = await release({ checks: [{ path: "/api" }, { command: ["true"], in: "web" }] });
		const { inputs } = find(resources, CUTOVER, "p-cutover");
		expect(inputs.ownChecks).toMatchObject([
			{ method: "GET", path: "/api", times: 1 },
			{ command: ["true"], service: "web", deadlineMs: 60_000 },
		]);
		expect(JSON.stringify(inputs.releases)).not.toContain("deadlineMs");
	});

	test("ask of each routed service its health path where the route reaches it, else its route", async () => {
		const services = {
			web: { port: 3000, route: "/", health: { path: "/up", status: 204 } },
			api: { port: 3001, route: "/api", health: { path: "/api/health" } },
			admin: { port: 3002, route: "/admin", health: { path: "/health" } },
			files: { port: 3003, route: "/files", health: { docker: true } },
			internal: { port: 3004 },
		};
		expect(find((await release({ services })).resources, CUTOVER, "p-cutover").inputs.checks).toEqual([
			{ service: "web", path: "/up", expect: 204 },
			{ service: "api", path: "/api/health", expect: "2xx" },
			{ service: "admin", path: "/admin", expect: "below-500" },
			{ service: "files", path: "/files", expect: "below-500" },
		]);
	});
});

describe("a release in steps", () => {
	const STEPS: Partial<Settings> = {
		activeColor: "green",
		strategy: { steps: [{ share: 5, hold: "1m", pause: true }] },
	};
	const drained = async (settings: Partial<Settings>) =>
		find((await release(settings)).resources, DRAIN, "p-drain").inputs;

	test("is told to the cutover, and to the person", async () => {
		const one = await release({ ...STEPS, deployed: await deployedBy() });
		const { trial, forward } = find(one.resources, CUTOVER, "p-cutover").inputs;
		expect({ trial, forward }).toEqual({
			trial: { steps: [{ percent: 5, holdMs: 60_000, pause: true }] },
			forward: true,
		});
		expect(one.said).toEqual([
			"traffic: blue 1.0.0 → green 2.0.0 in steps: 5 % for 60 s, then a pause\nblue serves until green is ready. To give up: pulumi config set activeColor blue && pulumi up",
		]);
	});

	test("keeps all of both colors, and drains neither, where it ends with a pause", async () => {
		const deployed = await deployedBy();
		const one = await release({ ...STEPS, standby: "removed", deployed });
		expect(containers(one).sort()).toEqual([
			"p-blue-web-1",
			"p-blue-worker-1",
			"p-green-web-1",
			"p-green-worker-1",
		]);
		expect(await drained({ ...STEPS, deployed })).toMatchObject({ active: "shared" });
	});

	test("drains the color that it has given up", async () => {
		const { serving: _, ...rest } = await deployedBy();
		const deployed: Deployed = { ...rest, trial: { to: "green", percent: 5 } };
		expect(await drained({ ...STEPS, activeColor: "blue", deployed })).toMatchObject({
			active: "blue",
			givenUp: true,
		});
		expect(await drained({ ...STEPS, deployed })).toMatchObject({ active: "shared" });
		expect(await drained({ deployed: await deployedBy() })).not.toHaveProperty("givenUp");
	});
});

describe("webhooks", () => {
	const cutover = async (settings: Partial<Settings>) =>
		find((await release(settings)).resources, CUTOVER, "p-cutover");

	test("are a secret input of the cutover as a whole, with the addresses that secrets hold", async () => {
		const { inputs, secretInputs } = await cutover({
			notify: [
				{ url: "HOOK", on: ["failed"] },
				{ url: "https://example.com/hook", format: "slack" },
			],
			secrets: { HOOK: pulumi.secret("https://hooks.example.com/x") },
		});
		expect([...secretInputs].sort()).toEqual(["notify", "previewToken"]);
		expect(inputs.notify).toEqual({
			stack: "shop/prod",
			webhooks: [
				{ url: "https://hooks.example.com/x", on: ["failed"], format: "json" },
				{
					url: "https://example.com/hook",
					on: ["started", "finished", "paused", "rolled-back", "failed"],
					format: "slack",
				},
			],
		});
	});

	test("are nothing where there are none", async () => {
		expect((await cutover({})).inputs).not.toHaveProperty("notify");
	});

	test("with a secret that is not given are refused, before the cutover is declared", async () => {
		const { outputs: text, resources } = await run(async () => {
			const { app } = new Networks("p");
			const proxy = new ReverseProxy("p", { network: app });
			try {
				return new BlueGreen("p", { ...SHOP, notify: { url: "HOOK" }, proxy, network: app }).activeVersion;
			} catch (error) {
				return pulumi.RunError.isInstance(error) ? error.message : "not a RunError";
			}
		});
		expect(text).toBe("notify: there is no secret HOOK. Give it in `secrets`.");
		expect(resources.map(({ type }) => type)).not.toContain(CUTOVER);
	});
});

describe("outputs", () => {
	const first = { to: "blue", toVersion: "1.0.0", startedAt: "2026-11-21T10:00:00.000Z", stages: [] };
	const second = { ...first, from: "green", fromVersion: "2.0.0" };
	const drained = {
		color: "green",
		outcome: "drained",
		durationMs: 5,
		remaining: { requests: 0, streams: 0 },
	};

	test("are what the cutover found, not what the settings wish", async () => {
		const found = {
			activeColor: "shared",
			activeVersion: "0.9.0",
			standbyColor: "green",
			standbyVersion: "",
		};
		const { outputs } = await release({}, {}, { answers: { "p-cutover": found } });
		expect(await resolved(outputs.activeColor)).toBe("shared");
		expect(await resolved(outputs.activeVersion)).toBe("0.9.0");
		expect(await resolved(outputs.standbyColor)).toBe("green");
		expect(await resolved(outputs.standbyVersion)).toBe("");
	});

	test.for([
		["with its drain", second, drained, { ...second, drain: drained }],
		["the first one, which drained nothing", first, undefined, first],
		["not with the drain of another one", second, { ...drained, color: "blue" }, second],
		["not with an older drain, where it came from nowhere", first, drained, first],
	] as const)("show the last cutover %s", async ([, lastCutover, lastDrain, expected]) => {
		const answers = { "p-cutover": { lastCutover }, "p-drain": { lastDrain } };
		const { outputs } = await release({}, {}, { answers });
		expect(await resolved(outputs.lastCutover)).toEqual(expected);
	});
});

describe("maintenance", () => {
	const cutover = (all: Run<unknown>) => find(all.resources, CUTOVER, "p-cutover").inputs;

	test("is off, and nothing is said of it, unless the settings want it", async () => {
		const plain = await release();
		expect(cutover(plain)).toMatchObject({ maintenance: "off" });
		expect(cutover(plain)).not.toHaveProperty("page");
		expect(plain.said.join()).not.toContain("maintenance");
	});

	test("is told to the cutover, and to the person", async () => {
		const on = await release({ maintenance: "on" });
		expect(cutover(on)).toMatchObject({ maintenance: "on", active: "blue" });
		expect(on.said.join()).toContain("maintenance: off → on");
		const deployed: Deployed = { ...(await deployedBy()), maintenance: "on" };
		expect((await release({ deployed })).said.join()).toContain("maintenance: on → off");
		expect((await release({ maintenance: "on", deployed })).said.join()).toContain("maintenance is on");
	});

	test("shows the user's own page, read when the program runs", async () => {
		const page = "test/component/shop.ts";
		expect(cutover(await release({}, { page })).page).toBe(readFileSync(page, "utf8"));
	});
});

test("a name that no DNS name can hold is told by the prefix of this product, before any container is declared", async () => {
	const prefix = "p".repeat(60);
	const { outputs: text, resources } = await run(async () => {
		const { app } = new Networks("p");
		const proxy = new ReverseProxy("p", { network: app });
		try {
			return new BlueGreen(prefix, { ...SHOP, proxy, network: app }).activeVersion;
		} catch (error) {
			return pulumi.RunError.isInstance(error) ? error.message : "not a RunError";
		}
	});
	expect(text).toContain(`services.web: makes the container name ${prefix}-green-web-1 of 72 characters`);
	expect(containers({ resources, outputs: undefined, said: [], asked: [] })).toEqual([]);
});

test("checks without a preview are refused", async () => {
	const { outputs: text } = await run(async () => {
		const { app } = new Networks("p");
		const proxy = new ReverseProxy("p", { network: app, preview: { enabled: false } });
		try {
			return new BlueGreen("p", { ...SHOP, checks: [{ path: "/" }], proxy, network: app }).activeVersion;
		} catch (error) {
			return pulumi.RunError.isInstance(error) ? error.message : "not a RunError";
		}
	});
	expect(text).toContain(
		"checks: go through the preview before the switch, and proxy.preview.enabled is false.",
	);
});

test("bad settings are told all at once, and no container is declared", async () => {
	const { outputs: text, resources } = await run(async () => {
		const { app } = new Networks("p");
		const proxy = new ReverseProxy("p", { network: app });
		const settings = {
			...SHOP,
			activeColor: "green",
			colors: { blue: { version: "1.0.0" }, green: {} },
		} as const;
		try {
			const services = { web: { port: 3000, route: "/" }, api: { port: 3001, route: "/" } };
			return new BlueGreen("p", { ...settings, services, proxy, network: app }).activeVersion;
		} catch (error) {
			return pulumi.RunError.isInstance(error) ? error.message : "not a RunError";
		}
	});
	expect(text).toBe(`2 problems in the settings of stack prod; nothing was touched.
  colors.green.version: missing, and green is the active color. Allowed: the version that green is to serve.
      pulumi config set --path colors.green.version '<version>'
  services.api.route: "/" is already the route of service web. Allowed: a route that no other service has.
      pulumi config set --path services.api.route /api`);
	expect(containers({ resources, outputs: undefined, said: [], asked: [] })).toEqual([]);
});

test("a route on a host that the proxy does not serve is refused in another program, too", async () => {
	const { outputs } = await run(async () => {
		const { app } = new Networks("p");
		const proxy = new ReverseProxy("p", { network: app, hosts: ["shop.example.com"] });
		try {
			const services = { web: { port: 3000, routes: [{ host: "api.example.com" }] } };
			return new BlueGreen("p", { ...SHOP, services, proxy, network: app }).activeVersion;
		} catch (error) {
			return pulumi.RunError.isInstance(error) ? error.message : "not a RunError";
		}
	});
	expect(outputs).toContain(
		"services.web.routes[0].host: api.example.com is not among proxy.hosts. Allowed: shop.example.com.",
	);
});
