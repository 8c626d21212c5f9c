import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { type LoadOptions, type LoadReport, startLoad } from "../../../scripts/load";
import { kinds, sendExactly } from "./send";
import { listen, ok } from "./server";

const MIB = 1024 * 1024;
/** Five in half a second. */
const every = { everyMs: 100, connections: 2 };
let close: (() => Promise<void>) | undefined;

afterEach(async () => {
	await close?.();
	close = undefined;
});

/** A server whose handler gets the request before its body, with its running number from 0. */
async function serve(
	handle: (request: IncomingMessage, response: ServerResponse, count: number) => void,
): Promise<{ url: string; connections(): number }> {
	let count = 0;
	let connections = 0;
	const server = createServer((request, response) => handle(request, response, count++));
	server.on("connection", () => {
		connections++;
	});
	const listening = await listen(server);
	close = listening.close;
	return { url: listening.url, connections: () => connections };
}

/** Reads the whole body and says how much it was. */
function countUpload(request: IncomingMessage, response: ServerResponse): void {
	let bytes = 0;
	request.on("data", (chunk: Buffer) => {
		bytes += chunk.length;
	});
	request.on("end", () => response.setHeader("x-color", "blue").end(JSON.stringify({ bytes })));
}

function details(report: LoadReport): string[] {
	return Object.values(report.failures).flatMap(({ first }) => first.map(({ detail }) => detail));
}

/** Exactly five requests of one template with a rate of its own. */
async function sendFive(url: string, template: LoadOptions["requests"][number]): Promise<LoadReport> {
	const report = await sendExactly(50, { url, requests: [{ ...template, ...every }] });
	expect(report.sent).toBe(5);
	return report;
}

describe("uploads", () => {
	test("20 MiB arrive whole, on the two connections of the template", async () => {
		const { url, connections } = await serve(countUpload);
		const report = await sendFive(url, { path: "/upload", upload: { bytes: 20 * MIB } });
		expect(report.failures).toEqual({});
		expect(report).toMatchObject({ byRequest: { "POST /upload": 5 }, byColor: { blue: 5 } });
		expect(connections()).toBe(2);
		expect(report).toMatchObject({ connectionsOpened: 0, connectionsReopened: 0 });
	});

	test("cut by the server: failed, never sent again, and the connection is replaced", async () => {
		let requests = 0;
		const { url, connections } = await serve((request, response, count) => {
			requests++;
			if (count % 2 === 0) return countUpload(request, response);
			request.once("data", () => request.socket.resetAndDestroy());
		});
		const report = await sendFive(url, { path: "/upload", upload: { bytes: 20 * MIB } });
		expect(report.failed).toBe(2);
		// Which of the two depends on whether the client was writing when it noticed.
		for (const kind of Object.keys(report.failures)) expect(["ECONNRESET", "EPIPE"]).toContain(kind);
		expect(requests).toBe(5);
		expect(report.connectionsReopened).toBe(connections() - 2);
		expect(report.connectionsReopened).toBeGreaterThan(0);
	});

	test("less arrived than was sent, or the answer does not say", async () => {
		const { url } = await serve((request, response, count) => {
			request.resume().on("end", () => response.end(count % 2 === 0 ? '{"bytes": 9}' : "thanks"));
		});
		const report = await sendFive(url, { path: "/upload", upload: { bytes: 10 } });
		expect(kinds(report)).toEqual({ incomplete: 5 });
		expect([...new Set(details(report))].sort()).toEqual([
			"10 bytes sent, and the answer is: thanks",
			'10 bytes sent, and the answer is: {"bytes": 9}',
		]);
	});

	test("refused before it is read, the connection left open: failed at once, and the load ends", async () => {
		const { url } = await serve((_, response) => response.writeHead(503).end("no"));
		const report = await sendFive(url, { path: "/upload", upload: { bytes: 20 * MIB } });
		expect(kinds(report)).toEqual({ 503: 5 });
		expect(report.latencyByRequest["POST /upload"]?.maxMs).toBeLessThan(5_000);
	});
});

describe("downloads", () => {
	test("the expected length", async () => {
		const { url } = await serve((_, response) => response.end(Buffer.alloc(20 * MIB)));
		const report = await sendFive(url, { path: "/download", expectBytes: 20 * MIB });
		expect(report).toMatchObject({ failed: 0, byRequest: { "GET /download": 5 } });
	});

	test("too short, too long, and cut", async () => {
		const { url } = await serve((request, response, count) => {
			if (count === 0) response.end("x".repeat(1000));
			else if (count === 1) response.end("x".repeat(999));
			else if (count === 2) response.end("x".repeat(1001));
			else {
				response.writeHead(200, { "content-length": 1000 }).write("x");
				setTimeout(() => request.socket.destroy(), 5);
			}
		});
		const report = await sendFive(url, { path: "/download", expectBytes: 1000 });
		expect(kinds(report)).toEqual({ incomplete: 4 });
		expect(details(report)).toEqual([
			"999 bytes in the answer, not 1000",
			"1001 bytes in the answer, not 1000",
			"aborted in the body",
			"aborted in the body",
		]);
	});
});

describe("a rate of its own", () => {
	test("slow requests keep their due times and take no connection from the mix", async () => {
		const arrived: number[] = [];
		const { url, connections } = await serve((request, response) => {
			if (request.url !== "/slow") return ok(response);
			arrived.push(performance.now());
			setTimeout(() => ok(response), 1_500);
		});
		const report = await sendExactly(200, {
			url,
			connections: 2,
			timeoutMs: 1_200,
			requests: [{ path: "/" }, { path: "/slow", everyMs: 400, connections: 5, timeoutMs: 5_000 }],
		});
		expect(report.failures).toEqual({});
		expect(report.byRequest).toEqual({ "GET /": 200, "GET /slow": 5 });
		expect(report).toMatchObject({ connectionsOpened: 2, connectionsReopened: 0 });
		expect(connections()).toBe(7);
		expect(report.samples.filter(({ ownRate }) => ownRate).map(({ startMs }) => startMs)).toEqual([
			0, 400, 800, 1200, 1600,
		]);
		const gaps = arrived.slice(1).map((at, index) => at - (arrived[index] ?? 0));
		expect(Math.max(...gaps)).toBeLessThan(1_000);
		expect(report.p99Ms).toBeLessThan(1_000);
		expect(report.latencyByRequest["GET /slow"]?.p50Ms).toBeGreaterThanOrEqual(1_499);
		expect(report.ratePerSecond).toBeGreaterThan(99);
		expect(report.ratePerSecond).toBeLessThan(101);
	});

	test("its own time limit, and a wait for its own connection that shows", async () => {
		const { url } = await serve((request, response) => {
			if (request.url === "/") ok(response);
			else if (request.url === "/waits") setTimeout(() => ok(response), 150);
		});
		const report = await sendExactly(50, {
			url,
			requests: [
				{ path: "/" },
				{ path: "/hangs", everyMs: 250, timeoutMs: 100 },
				{ path: "/waits", everyMs: 100, connections: 1, timeoutMs: 5_000 },
			],
		});
		expect(kinds(report)).toEqual({ timeout: 2 });
		expect(report.failures.timeout?.first.map(({ request }) => request)).toEqual([
			"GET /hangs",
			"GET /hangs",
		]);
		const waits = report.samples
			.filter(({ template }) => template === 2)
			.map(({ waitUs = 0 }) => waitUs / 1000);
		expect(waits).toHaveLength(5);
		expect(waits[0]).toBe(0);
		// Each of them is 50 ms further behind, 200 ms in the end: 150 ms of work every 100 ms.
		expect(waits[4]).toBeGreaterThan(100);
	});

	test("stop() waits for what is in flight", async () => {
		const { url } = await serve((_, response) => setTimeout(() => ok(response), 800));
		const load = startLoad({ url, maxSeconds: 30, requests: [{ path: "/slow", everyMs: 5_000 }] });
		await sleep(400);
		expect(await load.stop()).toMatchObject({ sent: 1, failed: 0, endedBy: "stop", byColor: { blue: 1 } });
	});
});
