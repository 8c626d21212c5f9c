import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engine, idsOf, inContainer } from "./support/docker";
import { CONNECTIONS, underLoad } from "./support/load";
import { TestStack } from "./support/stack";

/** One stack's life, in order: each test begins where the one before it ended. */
describe("a stack on a real Engine", () => {
	let shop: TestStack;

	beforeAll(async () => {
		shop = await TestStack.create("e2e-release");
		// Here everything takes the time that it takes a person.
		await shop.remove("health.interval");
		await shop.remove("services.worker.health");
	});
	afterAll(() => shop?.dispose());

	it("deploys for the first time, databases before colors, gate before cutover before drain", async () => {
		const up = await shop.up();
		expect(up.text).not.toContain("error:");
		expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });
		expect(await shop.outputs()).toMatchObject({
			url: shop.url,
			activeColor: "blue",
			activeVersion: "1.0.0",
			standbyColor: "green",
			lastCutover: { to: "blue", toVersion: "1.0.0" },
		});
		expectOrder(up.steps, [
			`create ${shop.container("db-main")}`,
			`create ${shop.container("blue-web-1")}`,
			`create ${shop.container("health-gate")}`,
			`create ${shop.container("cutover")}`,
			`create ${shop.container("drain")}`,
		]);
		const stores = (await inContainer(shop.container("blue-web-1"), "node", "-e", PRINT_HEALTH)).trim();
		expect(JSON.parse(stores)).toEqual({ status: "ok", checks: { postgres: "ok", redis: "ok" } });
	});

	it("publishes nothing but the proxy, and that on loopback", async () => {
		const published = await publishedPorts(shop);
		expect(published).toEqual([[shop.container("proxy"), "127.0.0.1", shop.port]]);
	});

	it("changes nothing when nothing changed", async () => {
		const before = await idsOf(shop.prefix);
		expect(await shop.preview()).not.toMatch(/to (create|update|replace|delete)/);
		const up = await shop.up();
		expect(Object.keys(up.changes)).toEqual(["same"]);
		expect(up.steps).toEqual([]);
		expect(await idsOf(shop.prefix)).toEqual(before);
	});

	it("shows a switch in the preview before it happens", async () => {
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("services.web.warmUp.paths[0]", "/api/products");
		await shop.set("services.web.warmUp.requests", "20");
		await shop.set("services.web.warmUp.within", "1s");
		await shop.set("activeColor", "green");
		const preview = await shop.preview();
		expect(preview).toContain("traffic: blue 1.0.0 → green 2.0.0");
		expect(preview).toMatch(/traffic\s+: "blue 1\.0\.0" => "green 2\.0\.0"/);
		expect(await shop.version()).toMatchObject({ color: "blue" });
	});

	it("releases green under load: no request fails, and the proxy is not reloaded", async () => {
		const { value: up, report } = await underLoad(shop.url, () => shop.up());
		expect(up.text).not.toContain("error:");
		expect(report.failures).toEqual({});
		expect(report.sent).toBeGreaterThan(500);
		expect(Object.keys(report.byColor).sort()).toEqual(["blue", "green"]);
		expect(up.text).not.toContain("new Caddyfile");
		expect(up.text).toContain("green 2.0.0 warmed up with 40 requests in");
		expect(up.text).not.toContain("warm-up requests failed");
		expect(report.connectionsOpened).toBe(CONNECTIONS);
		expectOrder(up.steps, [
			`create ${shop.container("green-web-1")}`,
			`update ${shop.container("health-gate")}`,
			`update ${shop.container("cutover")}`,
			`update ${shop.container("drain")}`,
			`delete ${shop.container("blue-worker-1")}`,
		]);
		expect(await shop.outputs()).toMatchObject({
			activeColor: "green",
			activeVersion: "2.0.0",
			standbyColor: "blue",
			standbyVersion: "1.0.0",
			lastCutover: {
				from: "blue",
				to: "green",
				drain: { color: "blue", outcome: "drained", remaining: { requests: 0, streams: 0 } },
			},
		});
	});

	it("keeps the worker to the active color", async () => {
		const workers = Object.keys(await idsOf(shop.prefix)).filter((name) => name.includes("worker"));
		expect(workers).toEqual([shop.container("green-worker-1")]);
	});

	it("rolls back under load without touching the web containers", async () => {
		const before = await webIds(shop);
		await shop.set("activeColor", "blue");
		const { value: up, report } = await underLoad(shop.url, () => shop.up());
		expect(up.text).not.toContain("error:");
		expect(report.failures).toEqual({});
		expect(await webIds(shop)).toEqual(before);
		expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });
	});

	it("puts a new version on the standby without touching traffic", async () => {
		const before = await webIds(shop);
		const recorded = (await shop.outputs()).lastCutover;
		await shop.set("colors.green.version", "1.0.0");
		const { value: up, report } = await underLoad(shop.url, () => shop.up());
		expect(up.text).not.toContain("error:");
		expect(report.failures).toEqual({});
		expect(report.byColor).toEqual({ blue: report.sent });
		const after = await webIds(shop);
		expect(after[shop.container("blue-web-1")]).toBe(before[shop.container("blue-web-1")]);
		expect(after[shop.container("green-web-1")]).not.toBe(before[shop.container("green-web-1")]);
		expect(await shop.outputs()).toMatchObject({
			activeColor: "blue",
			standbyVersion: "1.0.0",
			lastCutover: recorded,
		});
	});

	it("refuses to change the version that serves, before anything is touched", async () => {
		const before = await idsOf(shop.prefix);
		await shop.set("colors.blue.version", "2.0.0");
		const up = await shop.up();
		expect(up.failed).toBe(true);
		expect(up.text).toContain(
			'colors.blue.version: "2.0.0" would replace the containers of blue 1.0.0 that are serving now. Allowed: leave blue as it is and release on green.',
		);
		expect(up.text).not.toContain("    at ");
		expect(await idsOf(shop.prefix)).toEqual(before);
		await shop.set("colors.blue.version", "1.0.0");
	});

	it("keeps what was released when other settings change", async () => {
		const before = await idsOf(shop.prefix);
		await shop.set("services.web.env.GREETING", "hello");
		const up = await shop.up();
		expect(up.text).toContain("blue stays as 1.0.0 was released");
		expect(await idsOf(shop.prefix)).toEqual(before);
		await shop.remove("services.web.env");
	});

	it("leaves blue serving when green never gets ready, says why, and the next up is clean", async () => {
		await shop.set("colors.green.version", "2.1.0-ill");
		await shop.set("activeColor", "green");
		await shop.set("health.deadline", "4s");
		const { value: up, report } = await underLoad(shop.url, () => shop.up());
		expect(up.failed).toBe(true);
		expect(report.failures).toEqual({});
		expect(report.byColor).toEqual({ blue: report.sent });
		expect(up.text).toContain("green 2.1.0-ill is not ready after");
		expect(up.text).toContain("GET /health answered 503");
		expect(up.text).toContain("this build is ill on purpose");
		expect(up.text).toContain("Traffic was not moved: blue keeps serving.");
		expect(up.text).toContain("pulumi config set activeColor blue && pulumi up");
		expect(await shop.outputs()).toMatchObject({ activeColor: "blue", activeVersion: "1.0.0" });

		await shop.set("health.deadline", "20s");
		await shop.set("colors.green.version", "2.0.0");
		const next = await underLoad(shop.url, () => shop.up());
		expect(next.value.text).not.toContain("error:");
		expect(next.report.failures).toEqual({});
		expect(await shop.version()).toMatchObject({ color: "green", version: "2.0.0" });
	});

	it("does not wait for a container that is dead", async () => {
		await shop.set("colors.blue.version", "2.2.0-exits");
		await shop.set("activeColor", "blue");
		const up = await shop.up();
		expect(up.failed).toBe(true);
		await shop.set("colors.blue.version", "1.0.0");
		await shop.set("activeColor", "green");
		expect(up.text).toMatch(/blue-(web|worker)-\d: it (keeps restarting|is exited) \(exit code 3\)/);
		expect(up.text).toContain("this build exits at its start on purpose");
		expect(await shop.version()).toMatchObject({ color: "green" });
		const next = await shop.up();
		expect(next.text).not.toContain("error:");
	});

	it("removes the old color after the drain where standby is removed", async () => {
		await shop.set("standby", "removed");
		await shop.set("activeColor", "blue");
		const { value: up, report } = await underLoad(shop.url, () => shop.up());
		expect(up.text).not.toContain("error:");
		expect(report.failures).toEqual({});
		expectOrder(up.steps, [
			`update ${shop.container("cutover")}`,
			`update ${shop.container("drain")}`,
			`delete ${shop.container("green-web-1")}`,
		]);
		const left = Object.keys(await idsOf(shop.prefix)).filter((name) => name.includes("green"));
		expect(left).toEqual([]);
		const noop = await shop.up();
		expect(Object.keys(noop.changes)).toEqual(["same"]);
	});

	it("leaves nothing behind when it is destroyed, but the databases' data and their backups", async () => {
		await shop.destroy();
		const volumes = ["backups", "db-cache-data", "db-main-data"].map((name) => shop.container(name));
		expect((await shop.leftovers()).sort()).toEqual(volumes);
	});
});

const PRINT_HEALTH =
	"fetch('http://127.0.0.1:3000/health').then((r) => r.text()).then((t) => console.log(t))";

async function webIds(shop: TestStack): Promise<Record<string, string>> {
	const all = await idsOf(shop.prefix);
	return Object.fromEntries(Object.entries(all).filter(([name]) => name.includes("-web-")));
}

async function publishedPorts(shop: TestStack): Promise<[string, string, number][]> {
	const all = await engine.api.listContainers({ filters: { name: [shop.prefix] } });
	return all.flatMap(({ Names, Ports }) =>
		Ports.filter(({ PublicPort }) => PublicPort !== undefined).map(
			({ IP, PublicPort }): [string, string, number] => [Names[0]?.slice(1) ?? "", IP, PublicPort],
		),
	);
}

/** The steps are all there, in this order. */
function expectOrder(steps: readonly string[], wanted: readonly string[]): void {
	expect(wanted.filter((step) => !steps.includes(step))).toEqual([]);
	const positions = wanted.map((step) => steps.indexOf(step));
	expect(positions).toEqual(positions.toSorted((a, b) => a - b));
}
