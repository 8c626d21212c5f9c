import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { underLoad } from "./support/load";
import { assertSucceeded, TestStack } from "./support/stack";

/** The limits that are not of all requests together: of one route, of a Prometheus server, of a command. */
describe("a release that is switched at once, and looked at for some seconds", () => {
	let shop: TestStack;
	let prometheus: Server;
	/** What the server says to every query, and what it was asked. */
	let value = 0;
	const queries: string[] = [];

	beforeAll(async () => {
		shop = await TestStack.create("watch-limits");
		// The first limit of a stack brings the access log, which is a reload.
		shop.configure("observe", { maxErrorRate: 50 });
		assertSucceeded(await shop.up());
		await shop.set("colors.green.version", "2.0.0");
		assertSucceeded(await shop.up());
		prometheus = createServer((request, response) => {
			const { searchParams, pathname } = new URL(request.url ?? "", "http://prometheus");
			queries.push(`${pathname} ${searchParams.get("query")}`);
			const result = [{ metric: {}, value: [Date.now() / 1_000, String(value)] }];
			response.setHeader("Content-Type", "application/json");
			response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
		});
		await new Promise<void>((resolve) => prometheus.listen(0, "127.0.0.1", resolve));
	});
	afterAll(async () => {
		await new Promise((resolve) => prometheus.close(resolve));
		await shop?.dispose();
	});
	beforeEach(async () => {
		queries.length = 0;
		await shop.set("activeColor", "green");
	});

	const query = () => ({
		url: `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`,
		query: 'sum(payments_failed{version="$VERSION"})',
		max: 0.2,
	});

	/** Blue serves again after each of these, whatever the settings say. */
	async function givenUp(observe: object): Promise<string> {
		shop.configure("observe", { window: "20s", every: "500ms", ...observe });
		const { value: up, report } = await underLoad(shop.url, () => shop.up());
		expect(up.failed, up.text).toBe(true);
		expect(up.text).toMatch(/All traffic was moved back to blue in .*; blue serves/);
		expect(report.failures).toEqual({});
		expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });
		return up.text;
	}

	it("goes back when a Prometheus server says more than is allowed", async () => {
		value = 0.5;
		const text = await givenUp({ prometheus: [query()] });
		expect(text).toContain("green 2.0.0 was given up with all traffic");
		expect(text).toContain('sum(payments_failed{version="2.0.0"})');
		expect(text).toContain("says 0.5; max is 0.2");
		expect(queries[0]).toBe('/api/v1/query sum(payments_failed{version="2.0.0"})');
	});

	it("goes back when a command in a container of the new color does not end well, and shows what it printed", async () => {
		const script = "console.log('no checkout on', process.env.COLOR, process.env.VERSION); process.exit(3)";
		const text = await givenUp({ probes: [{ command: ["node", "-e", script], in: "web" }] });
		expect(text).toContain("no checkout on green 2.0.0");
		expect(text).toContain("exit code 3");
	});

	it("goes back when one route is too slow, though all requests together are quick", async () => {
		await shop.set("services.web.routes[0].path", "/slow");
		await shop.set("services.web.routes[1].path", "/");
		await shop.remove("services.web.route");
		await shop.set("colors.green.revision", "2");
		await shop.set("activeColor", "blue");
		assertSucceeded(await shop.up());
		await shop.set("activeColor", "green");
		shop.configure("observe", {
			window: "20s",
			every: "500ms",
			byRoute: true,
			maxP99: "700ms",
			minRequests: 5,
		});
		const { value: up, report } = await underLoad(shop.url, () => shop.up(), {
			requests: [
				{ path: "/version", weight: 1 },
				// One of 200: the p99 of all together does not see it.
				{ path: "/slow?ms=900", everyMs: 2_000, timeoutMs: 5_000 },
			],
		});
		expect(report.failures).toEqual({});
		expect(up.failed, up.text).toBe(true);
		expect(up.text).toMatch(/green 2\.0\.0 was given up with all traffic: under \/slow, its p99 is/);
	});

	it("stays where all of them are kept to", async () => {
		value = 0.1;
		shop.configure("observe", {
			window: "3s",
			every: "500ms",
			minRequests: 20,
			maxErrorRate: 1,
			maxP99: "5s",
			byRoute: true,
			prometheus: [query()],
			probes: [{ command: ["sh", "-c", 'test "$COLOR $VERSION" = "green 2.0.0"'] }],
		});
		const { value: up, report } = await underLoad(shop.url, () => shop.up());
		assertSucceeded(up);
		expect(report.failures).toEqual({});
		expect(queries.length).toBeGreaterThan(2);
		expect(await shop.version()).toMatchObject({ color: "green", version: "2.0.0" });
		const { lastCutover } = (await shop.outputs()) as { lastCutover: { stages: { name: string }[] } };
		expect(lastCutover.stages.map(({ name }) => name)).toContain("observe");
	});
});
