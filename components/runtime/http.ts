import { type Agent, request as httpRequest, type IncomingHttpHeaders } from "node:http";

export interface HttpRequest {
	readonly host: string;
	readonly port: number;
	readonly path: string;
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
	/** Longest time for the whole exchange. */
	readonly timeoutMs: number;
	readonly agent?: Agent;
}

export interface HttpResponse {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly body: string;
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
		const { host, port, path, method = "GET", headers = {}, body, timeoutMs, agent } = options;
		const request = httpRequest({ host, port, path, method, headers, ...(agent && { agent }) });
		const fail = (error: Error) => {
			clearTimeout(timer);
			reject(error);
		};
		const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
		request.on("response", (response) => {
			let text = "";
			response.setEncoding("utf8");
			response.on("data", (chunk: string) => {
				if (text.length < BODY_LIMIT) text += chunk;
			});
			response.on("end", () => {
				clearTimeout(timer);
				resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
			});
			response.on("error", fail);
		});
		request.on("error", fail);
		request.end(body);
	});
}
