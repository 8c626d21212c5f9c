import { createServer, type Server, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { type Load, type LoadReport, readRecord, startLoad } from "../../../scripts/load";
import { listen, ok } from "./server";

const patience = { timeout: 5_000, interval: 50 };
let server: Server;
let url: string;
let close: () => Promise<void>;
let color: string;
let webSockets: WebSocket[];
let eventStreams: ServerResponse[];
/** What a refused stream is answered; 0 for none refused. */
let refusal: number;

beforeEach(async () => {
	color = "blue";
	webSockets = [];
	eventStreams = [];
	refusal = 0;
	server = createServer((request, response) => {
		if (request.url !== "/events") return ok(response, color);
		if (refusal) return response.writeHead(refusal).end();
		eventStreams.push(response);
		response.writeHead(200, { "content-type": "text/event-stream" }).write("retry: 1000\n\n");
		response.write(`data: ${JSON.stringify({ n: 1, color })}\n\n`);
	});
	const sockets = new WebSocketServer({ noServer: true });
	server.on("upgrade", (request, socket, head) => {
		if (refusal || request.url !== "/ws") return socket.end(`HTTP/1.1 ${refusal || 404} No\r\n\r\n`);
		sockets.handleUpgrade(request, socket, head, (client) => {
			webSockets.push(client);
			client.send(JSON.stringify({ type: "hello", color }));
		});
	});
	({ url, close } = await listen(server));
});
afterEach(() => close());

/** A load that holds streams, once the server has as many as are `accepted`; default all of them. */
async function hold(
	streams: { webSockets: number; eventStreams: number; reconnect?: boolean },
	accepted = [streams.webSockets, streams.eventStreams],
): Promise<Load> {
	const load = startLoad({ url, ratePerSecond: 20, requests: [{ path: "/" }], streams, maxSeconds: 30 });
	await load.ready;
	await vi.waitFor(() => expect([webSockets.length, eventStreams.length]).toEqual(accepted), patience);
	// The first messages, which name the color, are on their way.
	await sleep(200);
	return load;
}

/** Waits until the load has recorded so many streams that ended. */
async function untilEnded(load: Load, count: number): Promise<void> {
	await vi.waitFor(() => expect(readRecord(load.file).streams).toHaveLength(count), patience);
}

/** The streams without their times, which are checked to be in order and within the load. */
function lives(report: LoadReport): object[] {
	return report.streams.map(({ openedAtMs, endedAtMs, ...life }) => {
		expect(openedAtMs).toBeGreaterThanOrEqual(0);
		expect(openedAtMs).toBeLessThanOrEqual(endedAtMs ?? report.durationMs);
		return { ...life, ended: endedAtMs !== undefined };
	});
}

const openWebSocket = { kind: "webSocket", color: "blue", how: "open", ended: false };
const openEventStream = { kind: "eventStream", color: "blue", how: "open", ended: false };

test("streams are opened at the start, held through the load, and none of its requests", async () => {
	const load = await hold({ webSockets: 3, eventStreams: 2 });
	const report = await load.stop();
	expect(lives(report)).toEqual([
		openWebSocket,
		openWebSocket,
		openWebSocket,
		openEventStream,
		openEventStream,
	]);
	expect(report.byRequest).toEqual({ "GET /": report.sent });
});

describe("how a stream ended, and when", () => {
	test("clean: close codes 1001 and 1000, a complete response", async () => {
		const load = await hold({ webSockets: 2, eventStreams: 1 });
		const before = await load.mark("before");
		webSockets[0]?.close(1001, "going away");
		webSockets[1]?.close(1000);
		eventStreams[0]?.end();
		await untilEnded(load, 3);
		const report = await load.stop();
		const sorted = report.streams.toSorted((a, b) => (a.code ?? 0) - (b.code ?? 0));
		expect(lives({ ...report, streams: sorted })).toEqual([
			{ kind: "eventStream", color: "blue", how: "clean", ended: true },
			{ kind: "webSocket", color: "blue", how: "clean", code: 1000, ended: true },
			{ kind: "webSocket", color: "blue", how: "clean", code: 1001, ended: true },
		]);
		for (const { endedAtMs } of sorted) {
			expect(endedAtMs).toBeGreaterThan(before - 2);
			expect(endedAtMs).toBeLessThan(before + 2_000);
		}
	});

	test("broken: no close frame, another close code, a reset, a body cut short", async () => {
		const load = await hold({ webSockets: 3, eventStreams: 2 });
		webSockets[0]?.terminate();
		await untilEnded(load, 1);
		webSockets[1]?.close(1011, "it fell over");
		await untilEnded(load, 2);
		eventStreams[0]?.socket?.destroy();
		await untilEnded(load, 3);
		eventStreams[1]?.socket?.resetAndDestroy();
		await untilEnded(load, 4);
		const report = await load.stop();
		const broken = { how: "broken", ended: true, color: "blue" };
		expect(lives(report)).toEqual([
			{ kind: "webSocket", code: 1006, detail: "closed without a close frame", ...broken },
			{ kind: "webSocket", code: 1011, detail: "it fell over", ...broken },
			{ kind: "eventStream", detail: "aborted in the stream", ...broken },
			{ kind: "eventStream", detail: "read ECONNRESET", ...broken },
			openWebSocket,
		]);
		expect(report.failed).toBe(0);
	});

	test("broken: it could not be opened", async () => {
		refusal = 503;
		const load = await hold({ webSockets: 1, eventStreams: 1 }, [0, 0]);
		await untilEnded(load, 2);
		const report = await load.stop();
		expect(lives(report)).toHaveLength(2);
		expect(lives(report)).toEqual(
			expect.arrayContaining([
				{
					kind: "webSocket",
					color: "",
					how: "broken",
					code: 1006,
					detail: "Unexpected server response: 503",
					ended: true,
				},
				{ kind: "eventStream", color: "", how: "broken", detail: "status 503, not 200", ended: true },
			]),
		);
	});

	test("broken: a server that is gone", async () => {
		const load = await hold({ webSockets: 1, eventStreams: 1 });
		await close();
		await untilEnded(load, 2);
		const report = await load.stop();
		expect(report.streams.map(({ kind, how }) => `${kind} ${how}`).sort()).toEqual([
			"eventStream broken",
			"webSocket broken",
		]);
	});
});

test("not opened again, unless asked to: then each life counts, with the color that it met", async () => {
	for (const reconnect of [false, true]) {
		color = "blue";
		webSockets = [];
		eventStreams = [];
		const load = await hold({ webSockets: 1, eventStreams: 1, reconnect });
		color = "green";
		webSockets[0]?.close(1001);
		eventStreams[0]?.end();
		await untilEnded(load, 2);
		// Longer than a new stream and its first message need; without `reconnect` there must be none by then.
		await sleep(1_000);
		const report = await load.stop();
		const clean = { how: "clean", color: "blue", ended: true };
		const first = [
			{ ...clean, kind: "eventStream" },
			{ ...clean, kind: "webSocket", code: 1001 },
		];
		const second = [
			{ ...openWebSocket, color: "green" },
			{ ...openEventStream, color: "green" },
		];
		expect(lives(report)).toHaveLength(reconnect ? 4 : 2);
		expect(lives(report)).toEqual(expect.arrayContaining(reconnect ? [...first, ...second] : first));
	}
});
