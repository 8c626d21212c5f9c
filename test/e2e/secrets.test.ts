import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LABEL } from "../../components/plan/names";
import { projectFolder } from "../../scripts/lib/environment";
import { engine, inContainer } from "./support/docker";
import { leaks } from "./support/leaks";
import { assertSucceeded, TestStack } from "./support/stack";

const OWN_SECRET = "a-secret/of the user+4711";
const HOOK_PATH = "services/T0815-B4711-hook-of-the-user";

interface Resource {
	readonly urn: string;
	readonly type: string;
	readonly inputs?: Record<string, unknown>;
	readonly outputs?: Record<string, unknown>;
}

/** The values of all passwords and secrets of a real stack are looked for wherever a person or a tool may look. */
describe("the secrets of a stack", () => {
	let shop: TestStack;
	/** What was printed, by what was run. */
	const printed: Record<string, string> = {};
	let values: Record<string, string> = {};

	/** What the webhook was told, whose path is a secret. */
	const told: string[] = [];
	let hook: Server;

	beforeAll(async () => {
		hook = createServer((request, response) => {
			if (request.url === `/${HOOK_PATH}`)
				void text(request).then((body) => told.push((JSON.parse(body) as { event: string }).event));
			response.writeHead(204).end();
		});
		await once(hook.listen(0, "127.0.0.1"), "listening");
		const { port } = hook.address() as { port: number };
		shop = await TestStack.create("ro-secrets");
		const address = `http://127.0.0.1:${port}/${HOOK_PATH}`;
		await shop.stack.setConfig("secrets.HOOK_URL", { value: address, secret: true }, true);
		await shop.set("notify.url", "HOOK_URL");
		await shop.stack.setConfig("secrets.SESSION_KEY", { value: OWN_SECRET, secret: true }, true);
		await shop.set("services.web.secrets[0]", "SESSION_KEY");
		printed["first preview --diff"] = await shop.preview();
		const first = await shop.up();
		assertSucceeded(first);
		printed["first up"] = first.text;
		await psql("ALTER SYSTEM SET log_statement = 'all'");
		await psql("SELECT pg_reload_conf()");
	});
	afterAll(async () => {
		await shop?.dispose();
		hook.close();
	});

	const psql = (sql: string) =>
		inContainer(
			shop.container("db-main"),
			"psql",
			"--username",
			"shop",
			"--dbname",
			"shop",
			"--command",
			sql,
		);
	const pulumi = async (...args: string[]) => {
		const { stdout, stderr } = await execa("pulumi", [...args, "--stack", shop.name, "--non-interactive"], {
			cwd: projectFolder,
			env: shop.stack.workspace.envVars,
			reject: false,
		});
		return stdout + stderr;
	};
	const resourcesOf = (exported: string) =>
		(JSON.parse(exported) as { deployment: { resources: Resource[] } }).deployment.resources;

	/** All that this stack must not show: every generated password, and what the user put under `secrets`. */
	async function allValues(): Promise<Record<string, string>> {
		const resources = resourcesOf(await pulumi("stack", "export", "--show-secrets"));
		const passwords = resources
			.filter(({ type }) => type === "random:index/randomPassword:RandomPassword")
			.map(({ urn, outputs }): [string, string] => {
				const shown = outputs?.result as { plaintext: string };
				return [urn.split("::").at(-1) ?? "", JSON.parse(shown.plaintext) as string];
			});
		return { ...Object.fromEntries(passwords), SESSION_KEY: OWN_SECRET, HOOK_URL: HOOK_PATH };
	}

	async function inspected(): Promise<string> {
		const filters = { label: [`${LABEL.stack}=shop/${shop.name}`] };
		const all = await engine.api.listContainers({ all: true, filters });
		const found = await Promise.all(all.map(({ Id }) => engine.api.getContainer(Id).inspect()));
		expect(found.length).toBeGreaterThan(5);
		return JSON.stringify(found);
	}

	it("are used: a login is added, and a release is made with it", async () => {
		await shop.set("databases.main.logins[0]", "app");
		await shop.set("databases.main.logins[1]", "app2");
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
		printed["preview --diff"] = await shop.preview();
		printed["preview --json"] = await pulumi("preview", "--json");
		const release = await shop.up();
		assertSucceeded(release);
		printed.up = release.text;
		values = await allValues();
		expect(Object.keys(values).sort()).toEqual(
			[
				"SESSION_KEY",
				"HOOK_URL",
				shop.container("db-cache-app-password"),
				shop.container("db-cache-password"),
				shop.container("db-main-password"),
				shop.container("db-main-shop_app-password"),
				shop.container("db-main-shop_app2-password"),
				shop.container("db-main-shop_migrator-password"),
				shop.container("proxy-preview-token"),
			].sort(),
		);
		const url = await inContainer(shop.container("green-web-1"), "cat", "/run/secrets/DATABASE_URL");
		expect(url).toContain(values[shop.container("db-main-shop_app2-password")]);
		const own = await inContainer(shop.container("green-web-1"), "cat", "/run/secrets/SESSION_KEY");
		expect(own).toBe(OWN_SECRET);
		expect(told).toEqual(["started", "finished", "started", "finished"]);
		const stats = await psql("SELECT query FROM pg_stat_activity");
		expect(leaks({ pg_stat_activity: stats }, values)).toEqual([]);
	});

	it("are in no error: of a gate, and of the step that makes logins", async () => {
		await shop.set("colors.blue.version", "2.1.0-ill");
		await shop.set("activeColor", "blue");
		await shop.set("health.deadline", "4s");
		const gate = await shop.up();
		expect(gate.text).toContain("blue 2.1.0-ill is not ready after");
		printed["up with a failed gate"] = gate.text;
		await shop.set("colors.blue.version", "1.0.0");
		await shop.set("health.deadline", "20s");
		await psql("CREATE ROLE shop_taken");
		await shop.set("databases.main.logins[2]", "taken");
		const logins = await shop.up();
		expect(logins.text).toContain("role shop_taken is there already, and not made by this project");
		printed["up with failed logins"] = logins.text;
		await shop.remove("databases.main.logins[2]");
		const next = await shop.up();
		assertSucceeded(next);
		printed["up after that"] = next.text;
		const refresh = await shop.refresh();
		assertSucceeded(refresh);
		printed.refresh = refresh.text;
		values = await allValues();
	});

	it("are not in what was printed", () => {
		expect(Object.keys(printed)).toHaveLength(9);
		for (const [what, text] of Object.entries(printed)) expect(text.length, what).toBeGreaterThan(200);
		expect(leaks(printed, values)).toEqual([]);
	});

	it("are not in docker inspect", async () => {
		expect(leaks({ "docker inspect": await inspected() }, values)).toEqual([]);
	});

	it("are not in the logs of any container, though PostgreSQL logs all statements", async () => {
		const filters = { label: [`${LABEL.stack}=shop/${shop.name}`] };
		const all = await engine.api.listContainers({ all: true, filters });
		const logs = await Promise.all(
			all.map(async ({ Names }) => {
				const name = Names[0]?.slice(1) ?? "";
				return [name, (await engine.lastLogLines(name, 100_000)).join("\n")] as const;
			}),
		);
		const places = Object.fromEntries(logs);
		expect(places[shop.container("db-main")]).toContain("statement: ");
		expect(places[shop.container("green-web-1")]).toContain("listening");
		expect(leaks(places, values)).toEqual([]);
	});

	it("are not in the state as it stands on disk, nor in what is exported of it, nor in a provider's text", async () => {
		const exported = await pulumi("stack", "export");
		const dynamic = resourcesOf(exported).filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic/"));
		const providers = dynamic.map(({ inputs }) => inputs?.__provider);
		expect(dynamic.map(({ type }) => type)).toContain("pulumi-nodejs:dynamic/blueGreen:DatabaseLogins");
		for (const text of providers) expect(text).toContain("exports.handler");
		const stateFiles = await shop.stateFiles();
		const [current = ""] = Object.keys(stateFiles).filter((file) =>
			file.endsWith(`stacks/shop/${shop.name}.json`),
		);
		expect(stateFiles[current]?.length).toBeGreaterThan(10_000);
		const printed = {
			"stack export": exported,
			"stack output": await pulumi("stack", "output", "--json"),
			providers: JSON.stringify(providers),
			settings: readFileSync(`${projectFolder}/Pulumi.${shop.name}.yaml`, "utf8"),
		};
		for (const [place, text] of Object.entries(printed)) expect(text.length, place).toBeGreaterThan(100);
		expect(leaks({ ...stateFiles, ...printed }, values)).toEqual([]);
	});

	it("are not in the proxy's volumes, but for the preview's token, which Caddy compares there", async () => {
		const { [shop.container("proxy-preview-token")]: token = "", ...others } = values;
		const files = await inContainer(
			shop.container("proxy"),
			"sh",
			"-c",
			"find /data /config /switch /etc/caddy -type f -exec cat {} +",
		);
		expect(files).toContain("reverse_proxy");
		expect(files.split(token)).toHaveLength(2);
		expect(leaks({ "proxy's volumes": files }, others)).toEqual([]);
	});

	it("would be found if one were there: in a label, in base64, in the text of a command", async () => {
		const [name = "", value = ""] = Object.entries(values)[0] ?? [];
		const { Image } = await engine.api.getContainer(shop.container("proxy")).inspect();
		const careless = await engine.api.createContainer({
			Image,
			Labels: { [LABEL.stack]: `shop/${shop.name}`, careless: `postgres://shop:${value}@db` },
			Env: [`TOKEN=${Buffer.from(`user:${value}`).toString("base64")}`],
		});
		try {
			const found = leaks({ "docker inspect": await inspected(), up: `--password=${value}` }, values);
			expect(found.sort()).toEqual(
				[`docker inspect: ${name}`, `docker inspect: ${name} in base64`, `up: ${name}`].sort(),
			);
		} finally {
			await careless.remove();
		}
		const inUrl = leaks({ log: `?key=${encodeURIComponent(OWN_SECRET)}` }, values);
		expect(inUrl).toEqual(["log: SESSION_KEY in a URL"]);
	});
});
