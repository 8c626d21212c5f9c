import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface LocalServer {
	readonly port: number;
	readonly url: string;
	/** Connections that were opened so far. */
	readonly connections: () => number;
	close(): Promise<void>;
}

/** An HTTP server on this machine's loopback. */
export async function serve(listener: RequestListener, port = 0): Promise<LocalServer> {
	const sockets = new Set<Socket>();
	const server = createServer(listener);
	server.on("connection", (socket) => sockets.add(socket));
	await once(server.listen(port, "127.0.0.1"), "listening");
	const bound = (server.address() as AddressInfo).port;
	return {
		port: bound,
		url: `http://127.0.0.1:${bound}`,
		connections: () => sockets.size,
		async close() {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, "close");
		},
	};
}

/** What a step said, for tests to look at. */
export class Said {
	readonly infos: string[] = [];
	readonly warnings: string[] = [];
	/** What was said of the moment; unset: nothing. */
	statuses?: string[];
	info(message: string): void {
		this.infos.push(message);
	}
	warn(message: string): void {
		this.warnings.push(message);
	}
	status(message: string): void {
		this.statuses = [...(this.statuses ?? []), message];
	}
}

/** With every measured time made the same: "in 12 ms" and "after 1.3 s" become "in <time>". */
export function withoutTimes(message: string): string {
	return message.replaceAll(/\d+(\.\d+)? m?s\b/g, "<time>");
}
