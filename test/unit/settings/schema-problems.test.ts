import { describe, expect, test } from "vitest";
import { settings } from "../../../components/settings/schema";
import { load, problemsText, SMALL } from "./configuration";

/** The small configuration with other settings for its service. */
function web(settings: object) {
	return { ...SMALL, services: { web: { port: 3000, route: "/", ...settings } } };
}

describe("unknown settings", () => {
	test("at the top level, with the nearest known one", async () => {
		expect(await problemsText({ ...SMALL, activeColour: "green" })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  activeColour: unknown setting. Did you mean activeColor?
			      pulumi config rm activeColour
			      pulumi config set activeColor green"
		`);
	});

	test("nested, with the nearest known one", async () => {
		expect(await problemsText(web({ onlyWhenActiv: true }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.onlyWhenActiv: unknown setting. Did you mean onlyWhenActive?
			      pulumi config rm --path services.web.onlyWhenActiv
			      pulumi config set --path services.web.onlyWhenActive true"
		`);
	});

	test("nested deeper, in a group that the schema defaults", async () => {
		expect(
			await problemsText({ ...SMALL, proxy: { httpport: 80 }, health: { intervall: "1s" } }),
		).toMatchInlineSnapshot(`
			"2 problems in the settings of stack prod; nothing was touched.
			  health.intervall: unknown setting. Did you mean interval?
			      pulumi config rm --path health.intervall
			      pulumi config set --path health.interval 1s
			  proxy.httpport: unknown setting. Did you mean httpPort?
			      pulumi config rm --path proxy.httpport
			      pulumi config set --path proxy.httpPort 80"
		`);
	});

	test("in a database, whose settings depend on its type", async () => {
		expect(
			await problemsText({ ...SMALL, databases: { main: { type: "postgres", imagee: "postgres:16" } } }),
		).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.imagee: unknown setting. Did you mean image?
			      pulumi config rm --path databases.main.imagee
			      pulumi config set --path databases.main.image postgres:16"
		`);
	});

	test("like nothing that is known", async () => {
		expect(await problemsText({ ...SMALL, drain: { zzz: 1 } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  drain.zzz: unknown setting. Known here: mode, timeout, delay.
			      pulumi config rm --path drain.zzz"
		`);
	});

	test("a group is not repeated in the command that mends it", async () => {
		expect(await problemsText({ ...SMALL, colours: { green: { version: "2" } } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  colours: unknown setting. Did you mean colors?
			      pulumi config rm colours"
		`);
	});

	test("a third color", async () => {
		expect(
			await problemsText({ ...SMALL, colors: { blue: { version: "1.0.0" }, red: { version: "2" } } }),
		).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  colors.red: unknown setting. Known here: blue, green.
			      pulumi config rm --path colors.red"
		`);
	});
});

describe("values that are not allowed", () => {
	test("a color that there is not", async () => {
		expect(await problemsText({ ...SMALL, activeColor: "red" })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  activeColor: "red" is not allowed. Allowed: blue, green.
			      pulumi config set activeColor blue"
		`);
	});

	test("a standby policy that there is not", async () => {
		expect(await problemsText({ ...SMALL, standby: "cold" })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  standby: "cold" is not allowed. Allowed: warm, removed.
			      pulumi config set standby warm"
		`);
	});

	test("a way for secrets to arrive that there is not", async () => {
		expect(await problemsText(web({ secretsAs: "vault" }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.secretsAs: "vault" is not allowed. Allowed: file, env.
			      pulumi config set --path services.web.secretsAs file"
		`);
	});

	test("a duration without a unit", async () => {
		expect(await problemsText({ ...SMALL, drain: { timeout: "30" } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  drain.timeout: "30" is not allowed. Allowed: a duration such as "500ms", "5s", "2m" or "0".
			      pulumi config set --path drain.timeout 30s"
		`);
	});

	test("a duration that is a number", async () => {
		expect(await problemsText({ ...SMALL, health: { deadline: 60 } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  health.deadline: 60 is not allowed. Allowed: a duration such as "500ms", "5s", "2m" or "0".
			      pulumi config set --path health.deadline 30s"
		`);
	});

	test("a duration with a unit that there is not", async () => {
		expect(await problemsText(web({ stopGrace: "3 moons" }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.stopGrace: "3 moons" is not allowed. Allowed: a duration such as "500ms", "5s", "2m" or "0".
			      pulumi config set --path services.web.stopGrace 30s"
		`);
	});

	test("a port out of range", async () => {
		expect(await problemsText({ ...SMALL, proxy: { httpPort: 70_000 } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  proxy.httpPort: 70000 is not allowed. Allowed: at most 65535.
			      pulumi config set --path proxy.httpPort 8080"
		`);
		expect(await problemsText(web({ port: 0 }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.port: 0 is not allowed. Allowed: at least 1.
			      pulumi config set --path services.web.port 1"
		`);
	});

	test("no replicas, a fraction of one, too many", async () => {
		expect(await problemsText(web({ replicas: 0 }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.replicas: 0 is not allowed. Allowed: at least 1.
			      pulumi config set --path services.web.replicas 1"
		`);
		expect(await problemsText(web({ replicas: 1.5 }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.replicas: 1.5 is not allowed. Allowed: a whole number.
			      pulumi config set --path services.web.replicas 1"
		`);
		expect(await problemsText(web({ replicas: 65 }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.replicas: 65 is not allowed. Allowed: at most 64.
			      pulumi config set --path services.web.replicas 1"
		`);
	});

	test.for([
		["version", 1.1, "1.1"],
		["revision", 2.5, "2.5"],
	] as const)("a %s of %j, which YAML may have changed on its way", async ([field, value, shown]) => {
		const blue = { version: "1.0.0", [field]: value };
		const text = await problemsText({ ...SMALL, colors: { blue } });
		expect(text).toBe(`1 problem in the settings of stack prod; nothing was touched.
  colors.blue.${field}: ${shown} is not allowed. Allowed: text in quotes such as "1.10", or a whole number.
      pulumi config set --path colors.blue.${field} '<value>'`);
	});

	test("a version that is a whole number is taken as it stands", async () => {
		const colors = { blue: { version: 20261121, revision: 2 } };
		const { release } = await load({ ...SMALL, colors });
		expect(settings.parse({ ...SMALL, ...release }).colors.blue).toMatchObject({
			version: "20261121",
			revision: "2",
		});
	});

	test("text where a number belongs", async () => {
		expect(await problemsText(web({ replicas: "two" }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.replicas: "two" is not allowed. Allowed: a number.
			      pulumi config set --path services.web.replicas 1"
		`);
	});

	test("text where a group belongs", async () => {
		expect(await problemsText({ ...SMALL, services: "web" })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services: "web" is not allowed. Allowed: a group of named entries.
			      pulumi config rm services
			      pulumi config set --path services.NAME.port '<value>'"
		`);
	});

	test("a limit that is not positive", async () => {
		expect(await problemsText(web({ resources: { cpus: 0, memoryMb: 8 } }))).toMatchInlineSnapshot(`
			"2 problems in the settings of stack prod; nothing was touched.
			  services.web.resources.memoryMb: 8 is not allowed. Allowed: at least 16.
			      pulumi config set --path services.web.resources.memoryMb 16
			  services.web.resources.cpus: 0 is not allowed. Allowed: more than 0.
			      pulumi config set --path services.web.resources.cpus '<value>'"
		`);
	});

	test("a name that is no DNS name", async () => {
		expect(await problemsText({ ...SMALL, services: { Web_1: { port: 3000 } } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.Web_1: not a valid name. Allowed: lower-case letters, digits and dashes, beginning with a letter, at most 30 characters.
			      pulumi config rm --path services.Web_1"
		`);
	});

	test("a variable that no shell could name", async () => {
		expect(await problemsText(web({ env: { "LOG-LEVEL": "debug" } }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.env.LOG-LEVEL: not a valid name. Allowed: a name of an environment variable.
			      pulumi config rm --path services.web.env.LOG-LEVEL"
		`);
	});

	test("a route that is no path prefix", async () => {
		expect(await problemsText(web({ route: "/api/" }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.route: "/api/" is not allowed. Allowed: a path prefix such as "/" or "/api".
			      pulumi config set --path services.web.route /api"
		`);
		expect(await problemsText(web({ route: "api" }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.route: "api" is not allowed. Allowed: a path prefix such as "/" or "/api".
			      pulumi config set --path services.web.route /api"
		`);
	});

	test("a health path without a slash", async () => {
		expect(await problemsText(web({ health: { path: "healthz" } }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.health.path: "healthz" is not allowed. Allowed: a path that begins with "/".
			      pulumi config set --path services.web.health.path /health"
		`);
	});

	test("an empty command", async () => {
		expect(await problemsText(web({ command: [] }))).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.command: [] is not allowed. Allowed: not empty.
			      pulumi config set --path 'services.web.command[0]' '<value>'"
		`);
	});

	test("a bind address that is a name", async () => {
		expect(await problemsText({ ...SMALL, proxy: { bindAddress: "localhost" } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  proxy.bindAddress: "localhost" is not allowed. Allowed: an IPv4 or IPv6 address.
			      pulumi config set --path proxy.bindAddress 127.0.0.1"
		`);
	});

	test("a host with a port", async () => {
		expect(
			await problemsText({ ...SMALL, proxy: { hosts: ["shop.example.com:80"] } }),
		).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  proxy.hosts[0]: "shop.example.com:80" is not allowed. Allowed: a host name.
			      pulumi config set --path 'proxy.hosts[0]' '<value>'"
		`);
	});

	test("a header name with a blank", async () => {
		expect(await problemsText({ ...SMALL, proxy: { colorHeader: "X Color" } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  proxy.colorHeader: "X Color" is not allowed. Allowed: a header name, or false.
			      pulumi config set --path proxy.colorHeader X-Color"
		`);
	});

	test("a type of database that there is not, and none", async () => {
		expect(await problemsText({ ...SMALL, databases: { main: { type: "mysql" } } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.type: "mysql" is not allowed. Allowed: postgres, redis, custom.
			      pulumi config set --path databases.main.type postgres"
		`);
		expect(await problemsText({ ...SMALL, databases: { main: {} } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.type: missing. Allowed: postgres, redis, custom.
			      pulumi config set --path databases.main.type postgres"
		`);
	});

	test("a database name that PostgreSQL would have to quote", async () => {
		expect(
			await problemsText({ ...SMALL, databases: { main: { type: "postgres", database: "My-App" } } }),
		).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  databases.main.database: "My-App" is not allowed. Allowed: a PostgreSQL name in lower case.
			      pulumi config set --path databases.main.database app"
		`);
	});
});

describe("settings that are missing", () => {
	test("all that a stack needs", async () => {
		expect(await problemsText({})).toMatchInlineSnapshot(`
			"3 problems in the settings of stack prod; nothing was touched.
			  activeColor: missing. Allowed: blue, green.
			      pulumi config set activeColor blue
			  colors: missing. Allowed: a group of settings.
			      pulumi config set --path colors.blue.version '<value>'
			  services: missing. Allowed: a group of named entries.
			      pulumi config set --path services.NAME.port '<value>'"
		`);
	});

	test("services", async () => {
		expect(await problemsText({ ...SMALL, services: {} })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services: {} is not allowed. Allowed: at least one service.
			      pulumi config set --path services.NAME.port '<value>'"
		`);
	});
});
