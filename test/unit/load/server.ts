import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** A local server that does what a test says, and counts what it really received. */
export interface TestServer {
	url: string;
	port: number;
	/** Requests received, as `GET /path`. */
	received: Record<string, number>;
	/** TCP connections accepted. */
	connections: number;
	/** Bodies of the requests that had one. */
	bodies: Set<string>;
	hosts: Set<string>;
	close(): Promise<void>;
}

/** @param answer gets the running number of the request, from 0. */
export async function startServer(
	answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
): Promise<TestServer> {
	let count = 0;
	const server = createServer((request, response) => {
		const key = `${request.method} ${request.url}`;
		state.received[key] = (state.received[key] ?? 0) + 1;
		state.hosts.add(request.headers.host ?? "");
		const number = count++;
		let body = "";
		request.on("data", (chunk) => {
			body += chunk;
		});
		request.on("end", () => {
			if (body) state.bodies.add(body);
			answer(request, response, number);
		});
	});
	server.on("connection", () => {
		state.connections++;
	});
	const listening = await listen(server);
	const state: TestServer = {
		...listening,
		received: {},
		connections: 0,
		bodies: new Set(),
		hosts: new Set(),
	};
	return state;
}

/** Lets a server listen on a free port of this machine. `close` cuts what is connected, WebSockets too. */
export async function listen(server: Server): Promise<Pick<TestServer, "url" | "port" | "close">> {
	const sockets = new Set<Socket>();
	server.keepAliveTimeout = 60_000;
	server.on("connection", (socket) => {
		sockets.add(socket);
		socket.on("close", () => sockets.delete(socket));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		port,
		close: () => {
			for (const socket of sockets) socket.destroy();
			return new Promise((resolve) => server.close(() => resolve()));
		},
	};
}

/** An ordinary answer of one color. */
export function ok(response: ServerResponse, color = "blue"): void {
	response.writeHead(200, { "content-type": "text/plain", "x-color": color });
	response.end("hello");
}
