import { type Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { type TLSSocket, connect as tlsConnect } from "node:tls";
import { type ServerTrust, unfit, verifyAs } from "./server-trust";

export interface HttpRequest {
	readonly host: string;
	readonly port: number;
	readonly path: string;
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
	/** Longest time for the whole exchange. */
	readonly timeoutMs: number;
	/** A connection of somebody else's making; only for plain HTTP. */
	readonly agent?: Agent;
	/** One that stands already, for this exchange alone; with `tls` the handshake is made on it. */
	readonly connection?: Duplex;
	/** HTTPS, and what the certificate has to show; unset: plain HTTP. */
	readonly tls?: ServerTrust;
}

export interface HttpResponse {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
}

/** Whether a status says that the request has succeeded. */
export function isSuccess(status: number): boolean {
	return status >= 200 && status < 300;
}

/** Where to connect for a URL; an IPv6 address has no brackets then. */
export function addressIn(url: string): { readonly host: string; readonly port: number } {
	const { hostname, port, protocol } = new URL(url);
	return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || (protocol === "https:" ? 443 : 80)) };
}

/** A body longer than this is cut: it is only ever shown or parsed as a short answer. */
const BODY_LIMIT = 1_000_000;

/**
 * One HTTP exchange, never retried. Node's own client, because it takes any stream as its connection, which the
 * tunnel into a container needs.
 *
 * @throws Error with what went wrong on the way; any status is a response.
 */
export function http(options: HttpRequest): Promise<HttpResponse> {
	return new Promise((resolve, reject) => {
		const {
			host,
			port,
			path,
			method = "GET",
			headers = {},
			body,
			timeoutMs,
			agent,
			connection,
			tls,
		} = options;
		const plain = { host, port, path, method, headers };
		const request = tls
			? httpsRequest({
					...plain,
					agent: false,
					...verifyAs(tls),
					...(connection && {
						createConnection: () => tlsConnect({ socket: connection, ...verifyAs(tls) }),
					}),
				})
			: httpRequest({
					...plain,
					...(agent && { agent }),
					...(connection && { agent: false, createConnection: () => connection }),
				});
		const fail = (error: Error) => {
			clearTimeout(timer);
			connection?.destroy();
			reject(error);
		};
		const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
		if (tls)
			request.on("socket", (socket) => {
				socket.once("secureConnect", () => {
					const reason = unfit((socket as TLSSocket).getPeerCertificate(), tls.name);
					if (reason !== undefined) request.destroy(new Error(reason));
				});
			});
		request.on("response", (response) => {
			let text = "";
			response.setEncoding("utf8");
			response.on("data", (chunk: string) => {
				if (text.length < BODY_LIMIT) text += chunk;
			});
			response.on("end", () => {
				clearTimeout(timer);
				connection?.destroy();
				resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
			});
			response.on("error", fail);
		});
		request.on("error", fail);
		request.end(body);
	});
}
