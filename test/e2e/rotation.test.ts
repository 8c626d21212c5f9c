import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exec } from "../../components/runtime/docker/exec";
import { engine, idsOf, inContainer } from "./support/docker";
import { underLoad } from "./support/load";
import { assertSucceeded, TestStack } from "./support/stack";

type Urls = Record<"main" | "cache", { url: string; urls: Record<string, string>; migratorUrl?: string }>;

/** Another password for an application that serves all the while: add, switch, remove, in order. */
describe("the password of a running application", () => {
	let shop: TestStack;
	let urls: Urls;

	beforeAll(async () => {
		shop = await TestStack.create("ro-rotate");
		for (const database of ["main", "cache"]) await shop.set(`databases.${database}.logins[0]`, "app");
		assertSucceeded(await shop.up());
		urls = await connections();
	});
	afterAll(() => shop?.dispose());

	const connections = async () => (await shop.outputs()).databases as Urls;

	/** `up` under load; nobody may notice it. */
	async function unnoticed(): Promise<string> {
		const { value: up, report } = await underLoad(shop.url, () => shop.up());
		assertSucceeded(up);
		expect(report.failures).toEqual({});
		expect(report.sent).toBeGreaterThan(300);
		return up.text;
	}

	/** The URL as a container has it. */
	const given = (container: string, variable: string) =>
		inContainer(shop.container(container), "cat", `/run/secrets/${variable}`);

	/** What PostgreSQL and Redis answer to somebody with this URL, over the network. */
	const postgres = async (url: string, sql: string) => {
		const command = ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", sql, url];
		const { stdout, stderr } = await exec(engine, shop.container("db-main"), command);
		return (stdout + stderr).trim();
	};
	const redis = async (url: string) => {
		const command = ["redis-cli", "--no-auth-warning", "-u", url, "PING"];
		const { stdout, stderr } = await exec(engine, shop.container("db-cache"), command);
		return (stdout + stderr).trim();
	};

	it("is that of a login, not of the superuser", async () => {
		expect(await given("blue-web-1", "DATABASE_URL")).toBe(urls.main.url);
		expect(urls.main.url).toMatch(
			/^postgres:\/\/shop_app:[A-Za-z0-9]{32}@shop-ro-rotate-db-main:5432\/shop$/,
		);
		expect(await given("blue-worker-1", "REDIS_URL")).toBe(urls.cache.url);
		expect(urls.cache.url).toMatch(/^redis:\/\/app:[A-Za-z0-9]{32}@shop-ro-rotate-db-cache:6379$/);
		const sessions = "SELECT DISTINCT usename FROM pg_stat_activity WHERE application_name LIKE 'web %'";
		expect(await inContainer(shop.container("db-main"), ...SUPERUSER, sessions)).toBe("shop_app\n");
		const isSuper = "SELECT rolsuper FROM pg_roles WHERE rolname = session_user";
		expect(await postgres(urls.main.url, isSuper)).toBe("f");
		expect(await postgres(urls.main.migratorUrl ?? "", "SELECT current_user")).toBe("shop_migrator");
	});

	it("add: another login is made, and nothing is restarted", async () => {
		const before = await idsOf(shop.prefix);
		for (const database of ["main", "cache"]) await shop.set(`databases.${database}.logins[1]`, "app2");
		const text = await unnoticed();
		expect(text).toContain("logins of shop-ro-rotate-db-main: role shop_app2 is missing: made");
		expect(text).toContain("logins of shop-ro-rotate-db-cache: user app2 is made");
		expect(await idsOf(shop.prefix)).toEqual(before);
		expect(await given("blue-web-1", "DATABASE_URL")).toBe(urls.main.url);
		const now = await connections();
		expect(now.main.urls.app).toBe(urls.main.url);
		expect(now.main.url).toContain("//shop_app2:");
		expect(await postgres(now.main.url, "SELECT 1")).toBe("1");
		expect(await redis(now.cache.url)).toBe("PONG");
	});

	it("switch: the next release has it, and its record says so", async () => {
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
		await unnoticed();
		const now = await connections();
		expect(await given("green-web-1", "DATABASE_URL")).toBe(now.main.url);
		expect(await given("green-worker-1", "REDIS_URL")).toBe(now.cache.url);
		expect((await shop.cutoverState()).releases).toMatchObject({
			blue: { logins: { main: "app", cache: "app" } },
			green: { logins: { main: "app2", cache: "app2" } },
		});
	});

	it("remove: is refused in the preview while a color has the old one, with the commands that mend it", async () => {
		for (const database of ["main", "cache"]) await shop.remove(`databases.${database}.logins[0]`);
		const refused = await shop.preview().then(String, (error: Error) => error.message);
		for (const database of ["main", "cache"])
			expect(refused).toContain(
				`databases.${database}.logins: login app is still that of blue 1.0.0, and would be dropped. Allowed: app among the logins, until no color has it.`,
			);
		expect(refused).toContain(
			"pulumi config set --path 'databases.main.logins[0]' app && pulumi config set --path 'databases.main.logins[1]' app2 && pulumi up",
		);
		expect(refused).toContain("pulumi config set --path colors.blue.revision '<another>' && pulumi up");
		expect(await postgres(urls.main.url, "SELECT 1")).toBe("1");
	});

	it("remove: when no color has it any more, it is dropped, and the old password opens nothing", async () => {
		for (const database of ["main", "cache"]) {
			await shop.set(`databases.${database}.logins[0]`, "app");
			await shop.set(`databases.${database}.logins[1]`, "app2");
		}
		await shop.set("colors.blue.revision", "2");
		await unnoticed();
		const before = await idsOf(shop.prefix);
		for (const database of ["main", "cache"]) await shop.remove(`databases.${database}.logins[0]`);
		const text = await unnoticed();
		expect(text).toContain("role shop_app is not wanted any more: dropped");
		expect(text).toContain("user app is not wanted any more: dropped");
		expect(await idsOf(shop.prefix)).toEqual(before);
		expect(await postgres(urls.main.url, "SELECT 1")).toContain(
			'password authentication failed for user "shop_app"',
		);
		expect(await redis(urls.cache.url)).toContain("WRONGPASS");
		const roles =
			"SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles WHERE rolname LIKE 'shop_%'";
		expect(await inContainer(shop.container("db-main"), ...SUPERUSER, roles)).toBe(
			"shop_app2,shop_migrator,shop_rw\n",
		);
	});

	it("rolls back with the new password, and then nothing is left to do", async () => {
		await shop.set("activeColor", "blue");
		await unnoticed();
		expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });
		const noop = await shop.up();
		expect(Object.keys(noop.changes)).toEqual(["same"]);
	});

	it("is set again where somebody changed it by hand: refresh shows it, up mends it", async () => {
		await inContainer(shop.container("db-main"), ...SUPERUSER, "ALTER ROLE shop_app2 PASSWORD 'by-hand'");
		assertSucceeded(await shop.refresh());
		expect(await drift()).toEqual(["role shop_app2 has another password"]);
		const up = await shop.up();
		assertSucceeded(up);
		expect(up.steps).toContain(`update ${shop.container("db-main-logins")}`);
		expect(await drift()).toEqual([]);
		expect(await postgres((await connections()).main.url, "SELECT 1")).toBe("1");
	});

	it("of the migrator is made anew by replacing it", async () => {
		const before = (await connections()).main.migratorUrl ?? "";
		const { deployment } = await shop.stack.exportStack();
		const { resources } = deployment as { resources: { urn: string }[] };
		const urns = resources.map(({ urn }) => urn).filter((urn) => urn.endsWith("-shop_migrator-password"));
		expect(urns).toHaveLength(1);
		const { value, report } = await underLoad(shop.url, () => shop.stack.up({ replace: urns }));
		expect(value.summary.result).toBe("succeeded");
		expect(report.failures).toEqual({});
		const after = (await connections()).main.migratorUrl ?? "";
		expect(await postgres(after, "SELECT current_user")).toBe("shop_migrator");
		expect(await postgres(before, "SELECT 1")).toContain("password authentication failed");
	});

	/** What the state says that a refresh has found. */
	async function drift(): Promise<unknown> {
		const { deployment } = await shop.stack.exportStack();
		const { resources } = deployment as { resources: { urn: string; outputs?: Record<string, unknown> }[] };
		return resources.find(({ urn }) => urn.endsWith(`::${shop.container("db-main-logins")}`))?.outputs?.drift;
	}
});

const SUPERUSER = [
	"psql",
	"--username",
	"shop",
	"--dbname",
	"shop",
	"--tuples-only",
	"--no-align",
	"--command",
];
