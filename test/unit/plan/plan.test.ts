import { describe, expect, test } from "vitest";
import { stackPrefix } from "../../../components/plan/names";
import { planRelease } from "../../../components/plan/plan";
import { imageOf, releaseFromSettings } from "../../../components/plan/released";
import { type Deployed, NOTHING_DEPLOYED } from "../../../components/plan/types";
import type { ReleaseInput } from "../../../components/settings/schema";
import { PREFIX, settingsOf } from "./arbitraries";

const SHOP: ReleaseInput = {
	activeColor: "blue",
	images: "registry.example.com/shop-{service}:{version}",
	colors: { blue: { version: "1.0.0" }, green: { version: "2.0.0" } },
	services: {
		web: { port: 3000, route: "/", replicas: 2 },
		worker: { onlyWhenActive: true },
	},
};

/** The state after blue and green were released as `SHOP` says, and blue serves. */
const BLUE_SERVES: Deployed = {
	serving: "blue",
	releases: { blue: released("blue"), green: released("green") },
};

function released(color: "blue" | "green") {
	const release = releaseFromSettings(settingsOf(SHOP), color);
	if (release === undefined) throw new Error(`${color} has no version`);
	return release;
}

function plan(changes: Partial<ReleaseInput> = {}, deployed: Deployed = BLUE_SERVES) {
	return planRelease(settingsOf({ ...SHOP, ...changes }), deployed, PREFIX);
}

describe("a plan", () => {
	test("declares both colors, and the worker for the active one", () => {
		const { active, standby } = plan({}, NOTHING_DEPLOYED);
		const declared = (services = active.services) =>
			services
				.filter((one) => one.declared)
				.flatMap((one) => one.replicas.map((replica) => replica.container));
		expect(declared()).toEqual(["shop-prod-blue-web-1", "shop-prod-blue-web-2", "shop-prod-blue-worker-1"]);
		expect(declared(standby?.services)).toEqual(["shop-prod-green-web-1", "shop-prod-green-web-2"]);
	});

	test("gives upstreams to what has a port", () => {
		const [web, worker] = plan().active.services;
		expect(web?.replicas[1]).toEqual({
			container: "shop-prod-blue-web-2",
			upstream: "shop-prod-blue-web-2:3000",
		});
		expect(worker?.replicas).toEqual([{ container: "shop-prod-blue-worker-1" }]);
	});

	test("routes a color that has no version as its first release will be", () => {
		const colors = { blue: { version: "1.0.0" } };
		const alone = plan({ colors: { ...colors, green: {} } }, NOTHING_DEPLOYED);
		expect(alone.standby).toBeUndefined();
		expect(alone.routing.green[0]?.replicas.map(({ upstream }) => upstream)).toEqual([
			"shop-prod-green-web-1:3000",
			"shop-prod-green-web-2:3000",
		]);
		expect(alone.routing.green.some(({ declared }) => declared)).toBe(false);
	});

	test.for([
		[{}, NOTHING_DEPLOYED, "blue 1.0.0", true],
		[{}, BLUE_SERVES, "blue 1.0.0", false],
		[{ activeColor: "green" }, BLUE_SERVES, "blue 1.0.0 → green 2.0.0", true],
		[{ activeColor: "green" }, { serving: "blue", releases: {} }, "blue → green 2.0.0", true],
	] as const)("says where traffic goes: %j", ([changes, deployed, traffic, trafficMoves]) => {
		expect(plan(changes, deployed)).toMatchObject({ traffic, trafficMoves });
	});
});

describe("a release that is deployed", () => {
	const changed = {
		services: {
			web: { port: 3001, route: "/", replicas: 2, env: { LOG: "debug" } },
			worker: { onlyWhenActive: true },
		},
	};

	test("stays as it was, and the plan names what is held back", () => {
		const { active } = plan(changed);
		expect(active.release).toEqual(BLUE_SERVES.releases.blue);
		expect(active.heldBack).toEqual(["web"]);
		expect(active.kept).toBe(true);
	});

	test.for([{ version: "1.0.1" }, { version: "2.0.0", revision: "2" }])(
		"gives way to a new one with %j",
		(green) => {
			const { standby } = plan({ ...changed, colors: { ...SHOP.colors, green } });
			expect(standby).toMatchObject({ kept: false, heldBack: [], release: green });
			expect(standby?.release.services.web).toMatchObject({ port: 3001, env: { LOG: "debug" } });
		},
	);

	test("is released again where one that failed has replaced its containers", () => {
		const failed = { ...BLUE_SERVES, unfinished: ["green"] } as const;
		expect(plan(changed, failed).active).toMatchObject({ kept: true, heldBack: ["web"] });
		const { standby } = plan(changed, failed);
		expect(standby).toMatchObject({ kept: false, heldBack: [], release: { version: "2.0.0" } });
		expect(standby?.release.services.web?.port).toBe(3001);
	});

	test.for([
		["there is no record of it", { serving: "blue", releases: {} }, false],
		["its record is of an older one", { ...BLUE_SERVES, unfinished: ["blue"] }, true],
	] as const)("is kept while it serves, also where %s", ([, deployed, greenIsKept]) => {
		for (const activeColor of ["blue", "green"] as const) {
			const { active, standby } = plan({ ...changed, activeColor }, deployed);
			const [blue, green] = activeColor === "blue" ? [active, standby] : [standby, active];
			expect(blue).toMatchObject({ color: "blue", kept: true, release: { version: "1.0.0" } });
			expect(green).toMatchObject({ color: "green", kept: greenIsKept });
		}
	});

	test("keeps the service that the settings no longer name, with all its replicas", () => {
		const { active } = plan({ services: { shop: { port: 3000, route: "/" } } });
		expect(active.services.map(({ name, replicas }) => [name, replicas.length])).toEqual([
			["web", 2],
			["worker", 1],
		]);
		expect(active.heldBack).toEqual(["shop", "web", "worker"]);
	});

	test("keeps, in that case, the replicas that it was scaled to since", () => {
		const more = plan({ services: { ...SHOP.services, web: { port: 3000, route: "/", replicas: 5 } } });
		expect(more.active.services[0]?.replicas).toHaveLength(5);
		const scaled = { serving: "blue", releases: { blue: more.active.release } } as const;
		const { active } = plan({ services: { shop: { port: 3000, route: "/" } } }, scaled);
		expect(active.services[0]?.replicas).toHaveLength(5);
	});
});

describe("images", () => {
	test("come from the template, filled in wherever it says so", () => {
		const settings = settingsOf({ ...SHOP, images: "r/{service}/{version}/{service}:{version}" });
		expect(imageOf(settings, "green", "web", "2.0.0")).toBe("r/web/2.0.0/web:2.0.0");
	});

	test("come from the color's own list first, which may be a template as well", () => {
		const green = { version: "2.0.0", images: { web: "elsewhere/web:{version}-fix" } };
		const settings = settingsOf({ ...SHOP, colors: { ...SHOP.colors, green } });
		expect(imageOf(settings, "green", "web", "2.0.0")).toBe("elsewhere/web:2.0.0-fix");
		expect(imageOf(settings, "green", "worker", "2.0.0")).toBe("registry.example.com/shop-worker:2.0.0");
	});
});

describe("readiness", () => {
	const readiness = (service: object) =>
		releaseFromSettings(settingsOf({ ...SHOP, services: { web: service } }), "blue")?.services.web?.readiness;

	test.for([
		[{ port: 3000 }, { http: { port: 3000, path: "/health" } }],
		[{ port: 3000, health: { path: "/up" } }, { http: { port: 3000, path: "/up" } }],
		[
			{ port: 3000, health: { path: "/up", status: 204 } },
			{ http: { port: 3000, path: "/up", status: 204 } },
		],
		[{ port: 3000, health: { status: 204 } }, { http: { port: 3000, path: "/health", status: 204 } }],
		[{ port: 3000, health: { docker: true } }, { docker: true }],
		[{ port: 5432, health: { command: ["ready"] } }, { docker: true }],
		[
			{ port: 3000, health: { path: "/up", docker: true } },
			{ docker: true, http: { port: 3000, path: "/up" } },
		],
		[{}, { staysUpMs: 3_000 }],
		[{ health: { staysUp: "10s" } }, { staysUpMs: 10_000 }],
		[
			{ port: 3000, health: { version: { path: "/version", json: "version" } } },
			{
				http: { port: 3000, path: "/health" },
				version: { port: 3000, path: "/version", json: "version", wanted: "1.0.0" },
			},
		],
		[
			{ port: 3000, health: { docker: true, version: { path: "/version" } } },
			{ docker: true, version: { port: 3000, path: "/version", wanted: "1.0.0" } },
		],
	] as const)("of %j is %j", ([service, expected]) => {
		expect(readiness(service)).toEqual(expected);
	});
});

describe("a warm-up", () => {
	const warmUp = (service: object) =>
		releaseFromSettings(settingsOf({ ...SHOP, services: { web: service } }), "blue")?.services.web?.warmUp;

	test("has as many requests as the settings say, and moderate ones where they do not", () => {
		expect(warmUp({ port: 3000, warmUp: { paths: ["/"] } })).toEqual({
			port: 3000,
			paths: ["/"],
			requests: 300,
			connections: 4,
			withinMs: 5_000,
		});
		const own = { paths: ["/a", "/b"], requests: 10, connections: 1, within: "2s" };
		expect(warmUp({ port: 80, warmUp: own })).toMatchObject({
			requests: 10,
			connections: 1,
			withinMs: 2_000,
		});
	});

	test("is not there unless it is asked for", () => {
		expect(warmUp({ port: 3000 })).toBeUndefined();
	});
});

describe("the prefix of all names", () => {
	test.for([
		["shop", "prod", "shop-prod"],
		["Shop", "org/project/Prod_EU", "shop-prod-eu"],
		["my.shop", "dev", "my-shop-dev"],
	] as const)("of %s and %s is %s", ([project, stack, prefix]) => {
		expect(stackPrefix(project, stack)).toBe(prefix);
	});
});
