import { request } from "node:http";
import { buffer } from "node:stream/consumers";
import type { HostObservation } from "../../plan/deployed";
import { LABEL } from "../../plan/names";

const DEFAULT_SOCKET = "/var/run/docker.sock";
const TIMEOUT_MS = 2_000;

/**
 * The text of a small file in a container, running or not; undefined where there is none.
 *
 * For what runs in every preview: no process in the container, and no Docker client, whose loading takes longer than the
 * question. An Engine that is not behind a socket of this machine is asked with the client after all.
 */
export async function peekFile(container: string, path: string): Promise<string | undefined> {
	const query = `/containers/${encodeURIComponent(container)}/archive?path=${encodeURIComponent(path)}`;
	const { status, body } = await get(query);
	if (status === 404) return undefined;
	if (status !== 200) throw new Error(`Docker answered ${status}: ${body.toString("utf8")}`);
	return firstFileOf(body);
}

/** All containers with this value of the label `blue-green.stack`, running or not. */
export async function peekContainers(stack: string): Promise<HostObservation["containers"]> {
	const filters = encodeURIComponent(JSON.stringify({ label: [`${LABEL.stack}=${stack}`] }));
	const { status, body } = await get(`/containers/json?all=1&filters=${filters}`);
	if (status !== 200) throw new Error(`Docker answered ${status}: ${body.toString("utf8")}`);
	const found = JSON.parse(body.toString("utf8")) as {
		Names: string[];
		Labels: Record<string, string>;
		Ports: { IP?: string; PublicPort?: number }[];
	}[];
	return found.map(({ Names, Labels, Ports }) => ({
		name: Names[0]?.slice(1) ?? "",
		labels: Labels,
		published: Ports.flatMap(({ IP, PublicPort }) => (PublicPort === undefined ? [] : `${IP}:${PublicPort}`)),
	}));
}

async function get(path: string): Promise<{ status: number; body: Buffer }> {
	const host = process.env.DOCKER_HOST ?? `unix://${DEFAULT_SOCKET}`;
	if (!host.startsWith("unix://")) return getWithClient(path);
	return new Promise((resolve, reject) => {
		const asking = request({ socketPath: host.slice("unix://".length), path, timeout: TIMEOUT_MS });
		asking.on("timeout", () => asking.destroy(new Error(`no answer from Docker within ${TIMEOUT_MS} ms`)));
		asking.on("error", reject);
		asking.on("response", (response) => {
			buffer(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
		});
		asking.end();
	});
}

async function getWithClient(path: string): Promise<{ status: number; body: Buffer }> {
	const { Engine } = require("./engine") as typeof import("./engine");
	const options = { method: "GET", path: `${path}&`, isStream: true, statusCodes: { 200: true, 404: true } };
	return new Promise((resolve, reject) => {
		new Engine().api.modem.dial(options, (error, data) => {
			if (error) return reject(error);
			const stream = data as NodeJS.ReadableStream & { statusCode?: number };
			buffer(stream).then((body) => resolve({ status: stream.statusCode ?? 200, body }), reject);
		});
	});
}

/** A tar archive begins with a header of 512 bytes that holds the size, in octal, at byte 124; the file follows. */
function firstFileOf(archive: Buffer): string {
	const size = Number.parseInt(archive.subarray(124, 136).toString("latin1"), 8);
	return archive.subarray(512, 512 + size).toString("utf8");
}
