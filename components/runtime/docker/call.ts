import { request } from "node:http";
import { buffer } from "node:stream/consumers";

const DEFAULT_SOCKET = "/var/run/docker.sock";
/** Longest time for an answer from this machine, which may have much to do, and from another one, which may not be there. */
const HERE_MS = 10_000;
const ELSEWHERE_MS = 2_000;

export interface Answer {
	readonly status: number;
	readonly body: Buffer;
}

/**
 * One call of Docker's API, for what runs in every preview: no Docker client, whose loading takes longer than the question.
 * An Engine that is not behind a socket of this machine is asked with the client after all.
 *
 * @param path With a query, if only an empty one: "/networks?".
 * @param timeoutMs Longest time without an answer. Default: 10 s, for an Engine on another machine 2 s.
 * @throws Error where Docker does not answer; any status is an answer.
 */
export async function call(
	method: "GET" | "POST" | "DELETE",
	path: string,
	timeoutMs?: number,
): Promise<Answer> {
	if (!isHere()) return callWithClient(method, path, timeoutMs ?? ELSEWHERE_MS);
	return callHere(method, path, timeoutMs);
}

/** Whether the Engine is behind a socket of this machine. */
export function isHere(): boolean {
	return dockerHost().startsWith("unix://");
}

/** Address of the Engine: DOCKER_HOST, or the socket of this machine. */
export function dockerHost(): string {
	return process.env.DOCKER_HOST ?? `unix://${DEFAULT_SOCKET}`;
}

/** `call`, of an Engine behind a socket of this machine only; it can send something. */
export function callHere(
	method: "GET" | "POST" | "DELETE",
	path: string,
	timeoutMs?: number,
	body?: object,
): Promise<Answer> {
	return new Promise((resolve, reject) => {
		const socketPath = dockerHost().slice("unix://".length);
		const timeout = timeoutMs ?? HERE_MS;
		const headers = body === undefined ? {} : { "Content-Type": "application/json" };
		const asking = request({ socketPath, method, path, timeout, headers });
		asking.on("timeout", () => asking.destroy(new Error(`no answer from Docker within ${timeout} ms`)));
		asking.on("error", reject);
		asking.on("response", (response) => {
			buffer(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
		});
		asking.end(body === undefined ? undefined : JSON.stringify(body));
	});
}

async function callWithClient(method: string, path: string, timeoutMs: number): Promise<Answer> {
	const { Engine } = require("./engine") as typeof import("./engine");
	// The client takes every status that it is not told of for an error.
	const statusCodes = { 200: true, 204: true, 304: true, 403: true, 404: true, 409: true };
	const abortSignal = AbortSignal.timeout(timeoutMs);
	const options = { method, path: `${path}&`, isStream: true, statusCodes, abortSignal };
	return new Promise((resolve, reject) => {
		new Engine().api.modem.dial(options, (error, data) => {
			if (error) return reject(error);
			const stream = data as NodeJS.ReadableStream & { statusCode?: number };
			buffer(stream).then((body) => resolve({ status: stream.statusCode ?? 200, body }), reject);
		});
	});
}
