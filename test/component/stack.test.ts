import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { CONTAINER, find, IMAGE, NETWORK, type Registered, type Run, runStack, VOLUME } from "./program";
import { SHOP } from "./shop";

let shop: Run<Record<string, pulumi.Input<unknown>>>;
beforeAll(async () => {
	shop = await runStack(SHOP);
});

const all = (type: string): Registered[] => shop.resources.filter((one) => one.type === type);
const container = (name: string): Registered => find(shop.resources, CONTAINER, `shop-prod-${name}`);

test("the resources of a whole stack: type, name, parent", () => {
	const lines = shop.resources
		// Pulumi's own: the stack, and processes of providers.
		.filter(({ type }) => !type.startsWith("pulumi:"))
		.map(({ type, name, parent }) => `${short(type)} ${name}${parent && ` < ${short(parent)}`}`);
	expect(lines.sort()).toMatchInlineSnapshot(`
		[
		  "Backups shop-prod",
		  "BlueGreen shop-prod",
		  "ColorSet shop-prod-blue < BlueGreen shop-prod",
		  "ColorSet shop-prod-green < BlueGreen shop-prod",
		  "Container shop-prod-blue-web-1 < ColorSet shop-prod-blue",
		  "Container shop-prod-blue-web-2 < ColorSet shop-prod-blue",
		  "Container shop-prod-blue-worker-1 < ColorSet shop-prod-blue",
		  "Container shop-prod-db-cache < SharedDatabases shop-prod",
		  "Container shop-prod-db-main < SharedDatabases shop-prod",
		  "Container shop-prod-green-web-1 < ColorSet shop-prod-green",
		  "Container shop-prod-green-web-2 < ColorSet shop-prod-green",
		  "Container shop-prod-proxy < ReverseProxy shop-prod-proxy",
		  "Cutover shop-prod-cutover < BlueGreen shop-prod",
		  "DatabaseCheck shop-prod-db-cache-check < SharedDatabases shop-prod",
		  "DatabaseCheck shop-prod-db-main-check < SharedDatabases shop-prod",
		  "DatabaseLogins shop-prod-db-cache-logins < SharedDatabases shop-prod",
		  "DatabaseLogins shop-prod-db-main-logins < SharedDatabases shop-prod",
		  "DatabaseReady shop-prod-db-cache-ready < SharedDatabases shop-prod",
		  "DatabaseReady shop-prod-db-main-ready < SharedDatabases shop-prod",
		  "Drain shop-prod-drain < BlueGreen shop-prod",
		  "HealthGate shop-prod-health-gate < BlueGreen shop-prod",
		  "Hold shop-prod-hold < SharedDatabases shop-prod",
		  "Network shop-prod-app < Networks shop-prod",
		  "Network shop-prod-data < Networks shop-prod",
		  "Networks shop-prod",
		  "RandomPassword shop-prod-db-cache-app-password < SharedDatabases shop-prod",
		  "RandomPassword shop-prod-db-cache-password < SharedDatabases shop-prod",
		  "RandomPassword shop-prod-db-main-password < SharedDatabases shop-prod",
		  "RandomPassword shop-prod-db-main-shop_app-password < SharedDatabases shop-prod",
		  "RandomPassword shop-prod-db-main-shop_migrator-password < SharedDatabases shop-prod",
		  "RandomPassword shop-prod-proxy-preview-token < ReverseProxy shop-prod-proxy",
		  "RemoteImage shop-prod-blue-web-image < ColorSet shop-prod-blue",
		  "RemoteImage shop-prod-blue-worker-image < ColorSet shop-prod-blue",
		  "RemoteImage shop-prod-db-cache-image < SharedDatabases shop-prod",
		  "RemoteImage shop-prod-db-main-image < SharedDatabases shop-prod",
		  "RemoteImage shop-prod-green-web-image < ColorSet shop-prod-green",
		  "RemoteImage shop-prod-green-worker-image < ColorSet shop-prod-green",
		  "RemoteImage shop-prod-proxy-image < ReverseProxy shop-prod-proxy",
		  "Resume shop-prod-resume < SharedDatabases shop-prod",
		  "ReverseProxy shop-prod-proxy",
		  "SharedDatabases shop-prod",
		  "Volume shop-prod-backups < Backups shop-prod",
		  "Volume shop-prod-db-cache-data < SharedDatabases shop-prod",
		  "Volume shop-prod-db-main-data < SharedDatabases shop-prod",
		  "Volume shop-prod-proxy-config < ReverseProxy shop-prod-proxy",
		  "Volume shop-prod-proxy-data < ReverseProxy shop-prod-proxy",
		  "Volume shop-prod-proxy-switch < ReverseProxy shop-prod-proxy",
		]
	`);
});

describe("every image", () => {
	test("is kept on the host when nothing declares it any more: a rollback may need it", () => {
		expect(all(IMAGE)).toHaveLength(7);
		for (const { inputs } of all(IMAGE)) expect(inputs.keepLocally).toBe(true);
	});

	test("is that of the color's version", () => {
		expect(
			all(IMAGE)
				.map(({ inputs }) => inputs.name)
				.sort(),
		).toEqual([
			"caddy:2.11-alpine",
			"postgres:17-alpine",
			"redis:8-alpine",
			"registry.example.com/shop-web:1.0.0",
			"registry.example.com/shop-web:2.0.0",
			"registry.example.com/shop-worker:1.0.0",
			"registry.example.com/shop-worker:2.0.0",
		]);
	});

	test("is given to containers by its id, so that a moved tag is another image", () => {
		expect(container("green-web-1").inputs.image).toBe("sha256:of-shop-prod-green-web-image");
	});
});

describe("every container", () => {
	test("cannot gain privileges, comes back after a reboot, and has time to stop", () => {
		expect(all(CONTAINER)).toHaveLength(8);
		for (const { inputs, name } of all(CONTAINER)) {
			expect(inputs.securityOpts).toEqual(["no-new-privileges:true"]);
			expect(inputs.restart).toBe("unless-stopped");
			// Of the proxy, it is an outage.
			if (name === "shop-prod-proxy") expect(inputs.destroyGraceSeconds).toBe(3);
			else expect(inputs.destroyGraceSeconds).toBeGreaterThanOrEqual(30);
		}
	});

	test("goes before another of its name comes, and says so", () => {
		for (const { deleteBeforeReplace } of all(CONTAINER)) expect(deleteBeforeReplace).toBe(true);
	});

	test("but the proxy publishes nothing", () => {
		const published = all(CONTAINER).filter(({ inputs }) => inputs.ports !== undefined);
		expect(published.map(({ name }) => name)).toEqual(["shop-prod-proxy"]);
		expect(published[0]?.inputs.ports).toEqual([{ internal: 8088, external: 8088, ip: "127.0.0.1" }]);
	});

	test("and every network and volume is labeled with its stack and its role", () => {
		const labeled = [CONTAINER, NETWORK, VOLUME].flatMap(all);
		for (const { name, inputs } of labeled) {
			const labels = inputs.labels as { label: string; value: string }[];
			expect(labels, name).toContainEqual({ label: "blue-green.stack", value: "shop/prod" });
			expect(
				labels.map(({ label }) => label),
				name,
			).toContain("blue-green.role");
			// @pulumi/docker gives them back in this order; in another one every `up` would show a change.
			expect(labels.map(({ label }) => label)).toEqual(labels.map(({ label }) => label).sort());
		}
	});
});

describe("a service", () => {
	test("has all that its release says", () => {
		expect(container("blue-web-2").inputs).toMatchInlineSnapshot(`
			{
			  "cpus": "0.5",
			  "destroyGraceSeconds": 45,
			  "envs": [
			    "LOG_LEVEL=info",
			    "COLOR=blue",
			    "VERSION=1.0.0",
			    "SERVICE=web",
			    "PORT=3000",
			    "CACHE_PREFIX=shop-prod:1.0.0:cache:",
			    "QUEUE_PREFIX=shop-prod:1.0.0:queue:",
			    "DEAD_LETTER_QUEUE=shop-prod:1.0.0:dead-letters",
			    "DATABASE_URL_FILE=/run/secrets/DATABASE_URL",
			    "REDIS_URL_FILE=/run/secrets/REDIS_URL",
			    "SESSION_KEY_FILE=/run/secrets/SESSION_KEY",
			  ],
			  "image": "sha256:of-shop-prod-blue-web-image",
			  "labels": [
			    {
			      "label": "blue-green.color",
			      "value": "blue",
			    },
			    {
			      "label": "blue-green.logins",
			      "value": "cache=app,main=app",
			    },
			    {
			      "label": "blue-green.role",
			      "value": "service",
			    },
			    {
			      "label": "blue-green.service",
			      "value": "web",
			    },
			    {
			      "label": "blue-green.stack",
			      "value": "shop/prod",
			    },
			    {
			      "label": "blue-green.version",
			      "value": "1.0.0",
			    },
			  ],
			  "memory": 256,
			  "memorySwap": 256,
			  "name": "shop-prod-blue-web-2",
			  "networksAdvanced": [
			    {
			      "aliases": [
			        "blue-web",
			      ],
			      "name": "shop-prod-app",
			    },
			    {
			      "name": "shop-prod-data",
			    },
			  ],
			  "restart": "unless-stopped",
			  "securityOpts": [
			    "no-new-privileges:true",
			  ],
			  "stopTimeout": 45,
			  "uploads": [
			    {
			      "content": "postgres://shop_app:hush-shop-prod-db-main-shop_app-password@shop-prod-db-main:5432/shop",
			      "file": "/run/secrets/DATABASE_URL",
			      "permissions": "0444",
			    },
			    {
			      "content": "redis://app:hush-shop-prod-db-cache-app-password@shop-prod-db-cache:6379",
			      "file": "/run/secrets/REDIS_URL",
			      "permissions": "0444",
			    },
			    {
			      "content": "hush-session-key",
			      "file": "/run/secrets/SESSION_KEY",
			      "permissions": "0444",
			    },
			  ],
			}
		`);
	});

	test("gets secrets as variables where it asks for them so, and only the databases that it names", () => {
		const { inputs } = container("blue-worker-1");
		expect(inputs.envs).toEqual([
			"COLOR=blue",
			"VERSION=1.0.0",
			"SERVICE=worker",
			"CACHE_PREFIX=shop-prod:1.0.0:cache:",
			"QUEUE_PREFIX=shop-prod:1.0.0:queue:",
			"DEAD_LETTER_QUEUE=shop-prod:1.0.0:dead-letters",
			"REDIS_URL=redis://app:hush-shop-prod-db-cache-app-password@shop-prod-db-cache:6379",
			"SESSION_KEY=hush-session-key",
		]);
		expect(inputs).not.toHaveProperty("uploads");
	});

	test("has no DNS name in common with the other color", () => {
		const aliases = (name: string) =>
			(container(name).inputs.networksAdvanced as { aliases?: string[] }[])[0]?.aliases;
		expect(aliases("blue-web-1")).toEqual(["blue-web"]);
		expect(aliases("green-web-1")).toEqual(["green-web"]);
	});
});

describe("secrets", () => {
	test("stand in no input that is not secret to Pulumi", () => {
		for (const { urn, inputs, secretInputs } of shop.resources) {
			for (const [key, value] of Object.entries(inputs)) {
				if (JSON.stringify(value).includes("hush-")) expect(secretInputs, `${urn} ${key}`).toContain(key);
			}
		}
	});

	test("stand in what containers get, and nowhere else", () => {
		const holders = shop.resources.filter(({ inputs }) => JSON.stringify(inputs).includes("hush-"));
		expect(holders.map(({ name }) => name).sort()).toEqual([
			"shop-prod-blue-web-1",
			"shop-prod-blue-web-2",
			"shop-prod-blue-worker-1",
			"shop-prod-cutover",
			"shop-prod-db-cache",
			"shop-prod-db-cache-logins",
			"shop-prod-db-main",
			"shop-prod-db-main-logins",
			"shop-prod-green-web-1",
			"shop-prod-green-web-2",
		]);
	});

	test("stand in no output that is shown", async () => {
		for (const [name, given] of Object.entries(shop.outputs)) {
			const output: pulumi.Output<unknown> = pulumi.output(given);
			// For an empty text the SDK answers with the text.
			const secret = ["databases", "previewToken"].includes(name);
			expect(Boolean(await pulumi.isSecret(output)), name).toBe(secret);
			const value = await new Promise((resolve) => output.apply(resolve));
			expect(String(JSON.stringify(value)).includes("hush-"), name).toBe(secret);
		}
	});
});

test("the outputs are those of the stack", () => {
	expect(Object.keys(shop.outputs)).toEqual([
		"url",
		"previewToken",
		"activeColor",
		"activeVersion",
		"standbyColor",
		"standbyVersion",
		"maintenance",
		"lastCutover",
		"trial",
		"migrations",
		"lastDatabaseUpdate",
		"databases",
		"containers",
	]);
	expect(shop.outputs.url).toBe("http://127.0.0.1:8088");
});

/** "Container" of "docker:index/container:Container", with a name behind it or not. */
function short(type: string): string {
	return type.replace(/^\S+:/, "");
}
