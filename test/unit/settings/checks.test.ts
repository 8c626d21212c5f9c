import { describe, expect, test } from "vitest";
import { releaseFromSettings } from "../../../components/plan/released";
import type { Deployed } from "../../../components/plan/types";
import { parse } from "../../../components/settings/parse";
import { release as schema } from "../../../components/settings/schema";
import { type Config, load, problemsText, SMALL } from "./configuration";

/** The small configuration with other settings for its service. */
function web(settings: object) {
	return { ...SMALL, services: { web: { port: 3000, route: "/", ...settings } } };
}

/** Blue as the small configuration releases it, serving. */
function blueServes(blue: object = SMALL.colors.blue): Deployed {
	const { activeColor, images, services } = SMALL;
	const parsed = parse(schema, { activeColor, images, services, colors: { blue } });
	if ("problems" in parsed) throw new Error("the small configuration has problems");
	const release = releaseFromSettings(parsed.value, "blue");
	return { serving: "blue", releases: release === undefined ? {} : { blue: release } };
}

test("the small configuration has no problems", async () => {
	await expect(load(SMALL)).resolves.toMatchObject({ release: { activeColor: "blue" } });
});

describe("colors and images", () => {
	test("the active color without a version", async () => {
		expect(await problemsText({ ...SMALL, activeColor: "green" })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  colors.green.version: missing, and green is the active color. Allowed: the version that green is to serve.
			      pulumi config set --path colors.green.version '<version>'"
		`);
	});

	test("neither an image nor a template", async () => {
		const { images: _, ...config } = SMALL;
		expect(await problemsText(config)).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  colors.blue.images.web: missing: service web has no image for blue 1.0.0. Allowed: an image here, or a template in images.
			      pulumi config set images 'registry.example.com/{service}:{version}'"
		`);
	});

	test("a template without {version}", async () => {
		expect(await problemsText({ ...SMALL, images: "localhost:5000/shop:1" })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  images: "localhost:5000/shop:1" is the same image for both colors. Allowed: a template with {version}.
			      pulumi config set images 'localhost:5000/shop:{version}'"
		`);
	});

	test("an image for a service that there is not", async () => {
		const colors = { blue: { version: "1.0.0", images: { worker: "shop-worker:1" } } };
		expect(await problemsText({ ...SMALL, colors })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  colors.blue.images.worker: there is no service worker. Allowed: web.
			      pulumi config rm --path colors.blue.images.worker"
		`);
	});

	test("a service named as a property that every object has is a name like any other", async () => {
		const services = { constructor: { port: 3000 } };
		await expect(load({ ...SMALL, services })).resolves.toBeDefined();
	});
});

describe("services", () => {
	test("two on one route", async () => {
		const services = { web: { port: 3000, route: "/" }, admin: { port: 3001, route: "/" } };
		expect(await problemsText({ ...SMALL, services })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.admin.route: "/" is already the route of service web. Allowed: a route that no other service has.
			      pulumi config set --path services.admin.route /admin"
		`);
	});

	test("two on one route that is not the root", async () => {
		const services = { api: { port: 3000, route: "/api" }, search: { port: 3001, route: "/api" } };
		expect(await problemsText({ ...SMALL, services })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.search.route: "/api" is already the route of service api. Allowed: a route that no other service has.
			      pulumi config set --path services.search.route /api/search"
		`);
	});

	test("two on routes that Caddy takes for one", async () => {
		const services = { api: { port: 3000, route: "/api" }, search: { port: 3001, route: "/Api" } };
		expect(await problemsText({ ...SMALL, services })).toContain(
			'services.search.route: "/Api" is already the route of service api.',
		);
	});

	test("a route without a port", async () => {
		expect(await problemsText({ ...SMALL, services: { web: { route: "/" } } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.port: needs a port: "/" is routed to web. Allowed: the port that web listens on.
			      pulumi config set --path services.web.port 3000"
		`);
	});

	test("a health path without a port", async () => {
		const services = { ...SMALL.services, worker: { health: { path: "/health" } } };
		expect(await problemsText({ ...SMALL, services })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.worker.health.path: needs services.worker.port to be asked on. Allowed: with a port, or staysUp instead.
			      pulumi config set --path services.worker.port 3000"
		`);
	});

	test("a version that is to be asked for without a port", async () => {
		const services = { ...SMALL.services, worker: { health: { version: { path: "/version" } } } };
		expect(await problemsText({ ...SMALL, services })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.worker.health.version: needs services.worker.port to be asked on. Allowed: with a port only.
			      pulumi config set --path services.worker.port 3000
			      pulumi config rm --path services.worker.health.version"
		`);
	});

	test("a warm-up without a port", async () => {
		const services = { ...SMALL.services, worker: { warmUp: { paths: ["/"] } } };
		expect(await problemsText({ ...SMALL, services })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.worker.warmUp: needs services.worker.port to send requests to. Allowed: with a port only.
			      pulumi config set --path services.worker.port 3000
			      pulumi config rm --path services.worker.warmUp"
		`);
	});

	test.for(["COLOR", "VERSION", "SERVICE", "PORT"])("the reserved variable %s", async (variable) => {
		const text = await problemsText(web({ env: { [variable]: "x" } }));
		expect(text.replaceAll(variable, "NAME")).toBe(
			[
				"1 problem in the settings of stack prod; nothing was touched.",
				`  services.web.env.NAME: NAME is given to every service by the release itself. Allowed: any name but ${[
					"COLOR",
					"VERSION",
					"SERVICE",
					"PORT",
				]
					.join(", ")
					.replaceAll(variable, "NAME")}.`,
				"      pulumi config rm --path services.web.env.NAME",
			].join("\n"),
		);
	});

	test("a variable that is also a secret", async () => {
		const config = { ...web({ env: { API_KEY: "x" }, secrets: ["API_KEY"] }), secrets: { API_KEY: "hush" } };
		expect(await problemsText(config, { secretKeys: ["secrets"] })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.env.API_KEY: API_KEY is also among services.web.secrets. Allowed: one of the two.
			      pulumi config rm --path services.web.env.API_KEY"
		`);
	});
});

describe("the color that serves", () => {
	test("may be said to be anything where its record is of another release: nothing can be held against it", async () => {
		const config = { ...SMALL, colors: { blue: { version: "2.0.0" } } };
		const deployed: Deployed = { ...blueServes(), unfinished: ["blue"] };
		await expect(load(config, { deployed })).resolves.toBeDefined();
		await expect(load(config, { deployed: { serving: "blue", releases: {} } })).resolves.toBeDefined();
	});

	test("is held to what its containers say where a killed up left no record", async () => {
		const config = { ...SMALL, colors: { blue: { version: "2.0.0" } } };
		const servingRelease = { version: "1.5.0" };
		const deployed: Deployed = { ...blueServes(), unfinished: ["blue"], servingRelease };
		expect(await problemsText(config, { deployed })).toContain("would replace the containers of blue 1.5.0");
		const same = { ...SMALL, colors: { blue: { version: "1.5.0" } } };
		await expect(load(same, { deployed })).resolves.toBeDefined();
	});

	test("is held to its record where only the other color is unfinished", async () => {
		const config = { ...SMALL, colors: { blue: { version: "2.0.0" } } };
		const deployed: Deployed = { ...blueServes(), unfinished: ["green"] };
		expect(await problemsText(config, { deployed })).toContain("would replace the containers of blue 1.0.0");
	});

	test("keeps its version, whatever else changes", async () => {
		const config = { ...web({ env: { LOG: "debug" } }), drain: { timeout: "1s" } };
		await expect(load(config, { deployed: blueServes() })).resolves.toBeDefined();
	});

	test("a version that changes", async () => {
		const config = { ...SMALL, colors: { blue: { version: "2.0.0" } } };
		expect(await problemsText(config, { deployed: blueServes() })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  colors.blue.version: "2.0.0" would replace the containers of blue 1.0.0 that are serving now. Allowed: leave blue as it is and release on green.
			      pulumi config set --path colors.blue.version 1.0.0
			      pulumi config set --path colors.green.version 2.0.0
			      pulumi config set activeColor green"
		`);
	});

	test("a version that changes while traffic moves away", async () => {
		const colors = { blue: { version: "3.0.0" }, green: { version: "2.0.0" } };
		const config: Config = { ...SMALL, activeColor: "green", colors };
		expect(await problemsText(config, { deployed: blueServes() })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  colors.blue.version: "3.0.0" would replace the containers of blue 1.0.0 that are serving now. Allowed: leave blue as it is until traffic has moved.
			      pulumi config set --path colors.blue.version 1.0.0"
		`);
	});

	test("a version that is missing while traffic moves away", async () => {
		const config = { ...SMALL, activeColor: "green", colors: { green: { version: "2.0.0" } } };
		expect(await problemsText(config, { deployed: blueServes() })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  colors.blue.version: missing, but blue 1.0.0 is serving now and until traffic has moved. Allowed: 1.0.0.
			      pulumi config set --path colors.blue.version 1.0.0"
		`);
	});

	test("a version that is missing and stays active is one problem, not two", async () => {
		const config = { ...SMALL, colors: {} };
		expect(await problemsText(config, { deployed: blueServes() })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  colors.blue.version: missing, and blue is the active color. Allowed: the version that blue is to serve.
			      pulumi config set --path colors.blue.version '<version>'"
		`);
	});

	test("a revision that is raised", async () => {
		const config = { ...SMALL, colors: { blue: { version: "1.0.0", revision: 2 } } };
		expect(await problemsText(config, { deployed: blueServes() })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  colors.blue.revision: "2" would replace the containers of blue 1.0.0 that are serving now. Allowed: leave blue as it is and release on green.
			      pulumi config rm --path colors.blue.revision
			      pulumi config set --path colors.green.version 1.0.0
			      pulumi config set activeColor green"
		`);
	});

	test("a revision that is taken away", async () => {
		const deployed = blueServes({ version: "1.0.0", revision: "7" });
		expect(await problemsText(SMALL, { deployed })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  colors.blue.revision: no revision would replace the containers of blue 1.0.0 that are serving now. Allowed: leave blue as it is and release on green.
			      pulumi config set --path colors.blue.revision 7
			      pulumi config set --path colors.green.version 1.0.0
			      pulumi config set activeColor green"
		`);
	});

	test("the standby color may change its version at any time", async () => {
		const config = { ...SMALL, colors: { ...SMALL.colors, green: { version: "2.0.0" } } };
		await expect(load(config, { deployed: blueServes() })).resolves.toBeDefined();
	});
});

test("several problems of all kinds, in one text", async () => {
	const config = {
		...SMALL,
		activeColor: "green",
		services: {
			web: { port: 3000, route: "/", env: { PORT: 1 }, databases: ["nowhere"], secrets: ["NONE"] },
			api: { route: "/" },
		},
		databases: { api: { type: "redis" } },
	};
	expect(await problemsText(config, { deployed: blueServes() })).toMatchInlineSnapshot(`
		"7 problems in the settings of stack prod; nothing was touched.
		  colors.green.version: missing, and green is the active color. Allowed: the version that green is to serve.
		      pulumi config set --path colors.green.version '<version>'
		  services.web.env.PORT: PORT is given to every service by the release itself. Allowed: any name but COLOR, VERSION, SERVICE, PORT.
		      pulumi config rm --path services.web.env.PORT
		  services.api.port: needs a port: "/" is routed to api. Allowed: the port that api listens on.
		      pulumi config set --path services.api.port 3000
		  services.api.route: "/" is already the route of service web. Allowed: a route that no other service has.
		      pulumi config set --path services.api.route /api
		  databases.api: the name api is already taken by a service. Allowed: a name that no service has.
		      pulumi config rm --path databases.api
		      pulumi config set --path databases.api-db.type redis
		  services.web.databases[0]: there is no database nowhere. Allowed: api.
		      pulumi config set --path 'services.web.databases[0]' api
		  services.web.secrets[0]: there is no secret NONE. Allowed: a name under secrets.
		      pulumi config set --secret --path secrets.NONE '<value>'"
	`);
});

test("problems of the schema are told first: what cannot be read cannot be checked further", async () => {
	const config = { ...SMALL, activeColor: "purple", services: { web: { route: "/" } } };
	expect(await problemsText(config)).toMatchInlineSnapshot(`
		"1 problem in the settings of stack prod; nothing was touched.
		  activeColor: "purple" is not allowed. Allowed: blue, green.
		      pulumi config set activeColor blue"
	`);
});
