import { describe, expect, test } from "vitest";
import { settings } from "../../../components/settings/schema";
import { load, problemsText, SMALL } from "./configuration";

describe("what the configuration leaves unsaid", () => {
	test("has the defaults that people read in Pulumi.yaml", () => {
		expect(settings.parse(SMALL)).toMatchInlineSnapshot(`
			{
			  "activeColor": "blue",
			  "backups": {
			    "beforeMigrations": true,
			    "deadline": 1800000,
			    "keep": 7,
			    "keepFor": 1209600000,
			  },
			  "checks": [],
			  "colors": {
			    "blue": {
			      "images": {},
			      "version": "1.0.0",
			    },
			    "green": {
			      "images": {},
			    },
			  },
			  "databases": {
			    "cache": {
			      "image": "redis:8-alpine",
			      "logins": [
			        "app",
			      ],
			      "parameters": {},
			      "resources": {},
			      "restart": "unless-stopped",
			      "type": "redis",
			    },
			    "main": {
			      "database": "app",
			      "image": "postgres:17-alpine",
			      "logins": [
			        "app",
			      ],
			      "parameters": {},
			      "resources": {},
			      "restart": "unless-stopped",
			      "type": "postgres",
			    },
			  },
			  "drain": {
			    "delay": 10000,
			    "mode": "auto",
			    "timeout": 30000,
			  },
			  "health": {
			    "deadline": 60000,
			    "interval": 500,
			    "passes": 3,
			    "timeout": 5000,
			  },
			  "host": "",
			  "images": "registry.example.com/shop-{service}:{version}",
			  "maintenance": "off",
			  "migrations": {
			    "deadline": 900000,
			    "env": {},
			    "resources": {},
			  },
			  "notify": [],
			  "observe": {
			    "byRoute": false,
			    "every": 1000,
			    "minRequests": 100,
			    "probes": [],
			    "prometheus": [],
			    "window": 60000,
			  },
			  "oldImages": {
			    "keep": 3,
			  },
			  "proxy": {
			    "bindAddress": "127.0.0.1",
			    "colorHeader": "X-Color",
			    "compress": false,
			    "holdFor": 30000,
			    "hosts": [],
			    "httpPort": 8080,
			    "httpsPort": 8443,
			    "image": "caddy:2.11-alpine",
			    "preview": {
			      "cookie": "preview",
			      "enabled": true,
			      "header": "X-Preview",
			    },
			    "resources": {},
			    "securityHeaders": false,
			    "tls": {
			      "mode": "off",
			    },
			    "trustedProxies": [],
			  },
			  "registries": {},
			  "secrets": {},
			  "services": {
			    "web": {
			      "env": {},
			      "onlyWhenActive": false,
			      "port": 3000,
			      "replicas": 1,
			      "resources": {},
			      "route": "/",
			      "secrets": [],
			      "secretsAs": "file",
			      "stopGrace": 30000,
			    },
			  },
			  "standby": "warm",
			  "strategy": {
			    "steps": [],
			    "sticky": true,
			  },
			}
		`);
	});
});

describe("durations", () => {
	const stopGrace = (text: unknown) =>
		settings.parse({ ...SMALL, services: { web: { stopGrace: text } } }).services.web?.stopGrace;

	test.for([
		["500ms", 500],
		["5s", 5_000],
		["1.5s", 1_500],
		["2m", 120_000],
		["2 minutes", 120_000],
		["1h", 3_600_000],
		["0", 0],
		[0, 0],
	] as const)("%s is %d ms", ([text, ms]) => {
		expect(stopGrace(text)).toBe(ms);
	});

	test.for(["30", "-5s", "", "s", "5 s 3", "1,5s", "5 light-years", "NaNs"])("%j is none", (text) => {
		expect(() => stopGrace(text)).toThrow();
	});
});

test("numbers and truth values in env and version become text, as containers have them", () => {
	const parsed = settings.parse({
		...SMALL,
		colors: { blue: { version: 7, revision: 2 } },
		services: { web: { env: { A: 1, B: true, C: "c" } } },
	});
	expect(parsed.colors.blue).toMatchObject({ version: "7", revision: "2" });
	expect(parsed.services.web?.env).toEqual({ A: "1", B: "true", C: "c" });
});

test("what the component gets is the release as people wrote it, without the stack's own parts", async () => {
	const { release, databases, proxy } = await load({
		...SMALL,
		proxy: { httpPort: 8081 },
		standby: "removed",
	});
	expect(Object.keys(release).sort()).toEqual(["activeColor", "colors", "images", "services", "standby"]);
	expect(Object.keys(databases)).toEqual(["main", "cache"]);
	expect(proxy).toMatchObject({ httpPort: 8081, bindAddress: "127.0.0.1" });
});

test("what only a look at the machine shows is told together with the rest", async () => {
	const world = async () => [{ path: ["proxy", "httpPort"], reason: "8080 is in use.", fix: ["free it"] }];
	expect(await problemsText({ ...SMALL, activeColor: "green" }, { world })).toMatchInlineSnapshot(`
		"2 problems in the settings of stack prod; nothing was touched.
		  colors.green.version: missing, and green is the active color. Allowed: the version that green is to serve.
		      pulumi config set --path colors.green.version '<version>'
		  proxy.httpPort: 8080 is in use.
		      free it"
	`);
});

test("a group that is no JSON is told as the text that it is", async () => {
	expect(await problemsText({ ...SMALL, services: "{web: 1" })).toMatchInlineSnapshot(`
		"1 problem in the settings of stack prod; nothing was touched.
		  services: "{web: 1" is not allowed. Allowed: a group of named entries.
		      pulumi config rm services
		      pulumi config set --path services.NAME.port '<value>'"
	`);
});
