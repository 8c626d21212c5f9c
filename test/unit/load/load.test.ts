import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { startLoad } from "../../../scripts/load";
import { kinds, sendExactly } from "./send";
import { ok, startServer, type TestServer } from "./server";

let server: TestServer | undefined;

afterEach(async () => {
	await server?.close();
	server = undefined;
});

async function serve(...args: Parameters<typeof startServer>): Promise<TestServer> {
	server = await startServer(...args);
	return server;
}

function total(received: Record<string, number>): number {
	return Object.values(received).reduce((sum, count) => sum + count, 0);
}

describe("a server that behaves", () => {
	test("keeps its rate within 2 %, uses every connection, mixes by weight and names nothing failed", async () => {
		const { url, received, bodies, hosts } = await serve((_, response) => ok(response));
		const body = { productId: 1, quantity: 1 };
		const load = startLoad({
			url,
			ratePerSecond: 250,
			connections: 20,
			host: "shop.example",
			requests: [
				{ path: "/", weight: 3 },
				{ method: "POST", path: "/api/orders", body, weight: 1 },
			],
			maxSeconds: 30,
		});
		await load.ready;
		await sleep(3000);
		const report = await load.stop();

		expect(report.endedBy).toBe("stop");
		expect(report.ratePerSecond).toBeGreaterThan(245);
		expect(report.ratePerSecond).toBeLessThan(255);
		expect(report.sent / (report.durationMs / 1000)).toBeGreaterThan(245);
		expect(report.sent / (report.durationMs / 1000)).toBeLessThan(255);
		expect(report.failed).toBe(0);
		expect(report.failures).toEqual({});
		expect(report.byRequest).toEqual(received);
		expect(received["GET /"]).toBeGreaterThanOrEqual((received["POST /api/orders"] ?? 0) * 3 - 3);
		expect(total(received)).toBe(report.sent);
		expect(report.byColor).toEqual({ blue: report.sent });
		expect(server?.connections).toBe(20);
		expect(report.connectionsOpened).toBe(20);
		expect([...bodies]).toEqual([JSON.stringify(body)]);
		expect([...hosts]).toEqual(["shop.example"]);
		expect(report.p99Ms).toBeGreaterThan(0);
		expect(report.p99Ms).toBeLessThan(report.maxMs + 0.001);
		expect(existsSync(load.file)).toBe(false);
	});

	test("ends by itself after maxSeconds", async () => {
		const { url, received } = await serve((_, response) => ok(response));
		const report = await sendExactly(50, { url, requests: [{ path: "/" }] });
		expect(report).toMatchObject({ sent: 50, failed: 0, endedBy: "maxSeconds" });
		expect(received).toEqual({ "GET /": 50 });
	});

	test("another status can be the expected one", async () => {
		const { url } = await serve((_, response) => response.writeHead(201).end());
		const report = await sendExactly(10, { url, requests: [{ path: "/", expect: 201 }] });
		expect(report).toMatchObject({ sent: 10, failed: 0, byColor: { none: 10 } });
	});
});

describe("a server that misbehaves: each failure counted once, by kind, and nothing sent twice", () => {
	test("connections reset, new and kept alive", async () => {
		const { url, received } = await serve((request, response, count) => {
			if (count % 4 === 3) request.socket.resetAndDestroy();
			else ok(response);
		});
		const report = await sendExactly(80, { url, connections: 5, requests: [{ path: "/" }] });
		expect(report).toMatchObject({ sent: 80, failed: 20 });
		expect(kinds(report)).toEqual({ ECONNRESET: 20 });
		expect(report.failures.ECONNRESET?.first).toHaveLength(5);
		expect(report.failures.ECONNRESET?.first[0]?.request).toBe("GET /");
		expect(received).toEqual({ "GET /": 80 });
		expect(report.connectionsOpened).toBe(server?.connections);
	});

	test("an idle connection closed under the client is one failed POST at most, never a second try", async () => {
		const { url, received } = await serve((request, response, count) => {
			ok(response);
			// Closed right after the answer, as a proxy that reloads does: the client may already have sent more.
			if (count % 5 === 4) request.socket.destroySoon();
		});
		const report = await sendExactly(100, {
			url,
			ratePerSecond: 200,
			connections: 1,
			requests: [{ method: "POST", path: "/", body: {} }],
		});
		expect(report.sent).toBe(100);
		expect(total(received)).toBeLessThanOrEqual(100);
		expect(total(received)).toBeGreaterThanOrEqual(100 - report.failed);
	});

	test("502 and 500", async () => {
		const { url, received } = await serve((_, response, count) => {
			if (count % 10 === 0) response.writeHead(502).end("bad gateway");
			else if (count % 10 === 5) response.writeHead(500).end();
			else ok(response);
		});
		const report = await sendExactly(60, { url, requests: [{ path: "/" }] });
		expect(report).toMatchObject({ sent: 60, failed: 12, byColor: { blue: 48, none: 12 } });
		expect(kinds(report)).toEqual({ 502: 6, 500: 6 });
		expect(report.failures[502]?.first[0]?.detail).toBe("status 502, not 200");
		expect(received).toEqual({ "GET /": 60 });
	});

	test("no answer, and an answer that never ends", async () => {
		const { url, received } = await serve((request, response) => {
			if (request.url === "/hang") return;
			if (request.url === "/half") response.writeHead(200).write("half");
			else ok(response);
		});
		const report = await sendExactly(30, {
			url,
			// Enough for the good answers on a machine that has much else to do.
			timeoutMs: 2_000,
			requests: [{ path: "/" }, { path: "/hang" }, { path: "/half" }],
		});
		expect(report).toMatchObject({ sent: 30, failed: 20 });
		expect(kinds(report)).toEqual({ timeout: 20 });
		const details = new Set(report.failures.timeout?.first.map((failure) => failure.detail));
		expect([...details].sort()).toEqual([
			"no answer in time",
			"the answer began (200) but did not end in time",
		]);
		expect(received).toEqual({ "GET /": 10, "GET /hang": 10, "GET /half": 10 });
		expect(report.maxMs).toBeGreaterThanOrEqual(1_999);
	});

	test("an answer cut short", async () => {
		const { url } = await serve((request, response, count) => {
			if (count % 2 === 0) return ok(response);
			response.writeHead(200, { "content-length": 100, "x-color": "green" });
			response.write("half");
			setTimeout(() => request.socket.destroy(), 5);
		});
		const report = await sendExactly(20, { url, requests: [{ path: "/" }] });
		expect(report).toMatchObject({ sent: 20, failed: 10, byColor: { blue: 10, green: 10 } });
		expect(kinds(report)).toEqual({ incomplete: 10 });
	});

	test("an answer that ends with its connection is whole", async () => {
		const { url } = await serve((request, response) => {
			response.useChunkedEncodingByDefault = false;
			response.writeHead(200, { connection: "close", "x-color": "blue" });
			response.write("all ");
			setTimeout(() => response.end("of it", () => request.socket.end()), 5);
		});
		const report = await sendExactly(20, { url, requests: [{ path: "/" }] });
		expect(report).toMatchObject({ sent: 20, failed: 0, byColor: { blue: 20 }, connectionsOpened: 20 });
	});

	test("nobody listens", async () => {
		const { url, close } = await serve((_, response) => ok(response));
		await close();
		const report = await sendExactly(20, { url, requests: [{ path: "/" }] });
		expect(report).toMatchObject({ sent: 20, failed: 20, connectionsOpened: 20 });
		expect(kinds(report)).toEqual({ ECONNREFUSED: 20 });
	});

	test("a stall shows in every request that was due meanwhile", async () => {
		let stalled: Array<() => void> = [];
		let stalling = false;
		const { url } = await serve((_, response, count) => {
			if (count === 20) {
				stalling = true;
				setTimeout(() => {
					stalling = false;
					for (const go of stalled) go();
					stalled = [];
				}, 500);
			}
			if (stalling) stalled.push(() => ok(response));
			else ok(response);
		});
		// One connection: a closed loop would see a single slow request. 50 were due in the 500 ms.
		const report = await sendExactly(120, { url, connections: 1, requests: [{ path: "/" }] });
		expect(report.failed).toBe(0);
		const slow = report.samples.filter((sample) => sample.latencyUs > 100_000).length;
		expect(slow).toBeGreaterThanOrEqual(38);
		// Some of those that were due just after it wait their turn behind it, more of them on a busy machine.
		expect(slow).toBeLessThanOrEqual(100);
		expect(report.longestGapWithoutSuccessMs).toBeGreaterThan(490);
		expect(report.longestGapWithoutSuccessMs).toBeLessThan(2_000);
	});

	test("a request that finds no free connection in time has failed, and never reaches the server", async () => {
		const { url, received } = await serve(() => {});
		// All 40 are due within 20 ms: the first holds the one connection until nearly all of them have run out of time.
		const options = { url, connections: 1, ratePerSecond: 2000, timeoutMs: 300, requests: [{ path: "/" }] };
		const report = await sendExactly(40, options);
		expect(report).toMatchObject({ sent: 40, failed: 40 });
		expect(kinds(report)).toEqual({ timeout: 40 });
		const neverSent = report.samples.filter((sample) => sample.detail === "no connection was free in time");
		expect(neverSent.length).toBeGreaterThan(0);
		// Less than 40 when one ran out of time while its connection was being opened.
		expect(neverSent.length + (received["GET /"] ?? 0)).toBeLessThanOrEqual(40);
		for (const { latencyUs } of report.samples) expect(latencyUs).toBeGreaterThan(298_000);
	});
});
