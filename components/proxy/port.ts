import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { LOOPBACK } from "../databases/container";
import { type Problem, pathText, setCommand } from "../settings/problems";
import type { Database, ProxySettings } from "../settings/schema";

/**
 * A problem for each port that the stack wants to publish and something else listens on; asked of this machine only, so
 * nothing is said where the Docker Engine is on another.
 *
 * @param published Addresses that the stack itself publishes by now.
 */
export async function portProblems(
	{ proxy, databases = {} }: Publishing,
	published: readonly string[],
	dockerHost: string | undefined,
): Promise<Problem[]> {
	if (dockerHost !== undefined && !dockerHost.startsWith("unix://")) return [];
	const wanted = wantedPorts({ proxy, databases });
	const problems = (await Promise.all(wanted.map((one) => portProblem(one, published)))).flat();
	return problems.filter(
		({ path }, index) => index === problems.findIndex((one) => pathText(one.path) === pathText(path)),
	);
}

/** Everything that the stack wants to publish. */
export function wantedPorts({ proxy, databases = {} }: Publishing): WantedPort[] {
	return [
		{ path: ["proxy", "httpPort"], address: proxy.bindAddress, port: proxy.httpPort },
		...secure(proxy),
		...(proxy.preview.enabled && proxy.preview.port !== undefined
			? [{ path: ["proxy", "preview", "port"], address: LOOPBACK, port: proxy.preview.port }]
			: []),
		...Object.entries(databases).flatMap(([name, { publishPort: port }]): WantedPort[] =>
			port === undefined ? [] : [{ path: ["databases", name, "publishPort"], address: LOOPBACK, port }],
		),
	];
}

/** The part of the settings that names ports of the Docker host. */
interface Publishing {
	readonly proxy: Pick<ProxySettings, "bindAddress" | "httpPort" | "httpsPort" | "tls" | "preview">;
	readonly databases?: Readonly<Record<string, Pick<Database, "publishPort">>>;
}

/** One port of the Docker host. */
export interface WantedPort {
	/** Of the setting. */
	readonly path: readonly string[];
	readonly address: string;
	readonly port: number;
	/** Default: tcp. */
	readonly protocol?: "udp";
}

/** HTTPS and HTTP/3; one problem where both are taken, since it is one setting. */
function secure({ bindAddress: address, httpsPort: port, tls }: Publishing["proxy"]): WantedPort[] {
	if (tls.mode === "off") return [];
	const path = ["proxy", "httpsPort"];
	return [
		{ path, address, port },
		{ path, address, port, protocol: "udp" },
	];
}

async function portProblem(
	{ path, address, port, protocol }: WantedPort,
	published: readonly string[],
): Promise<Problem[]> {
	if (published.includes(`${address}:${port}`)) return [];
	if ((await (protocol === "udp" ? bindError : listenError)(address, port)) !== "EADDRINUSE") return [];
	const what = protocol === "udp" ? `${port} (UDP, for HTTP/3)` : String(port);
	const reason = `${what} is in use by another program on ${address}. Allowed: a port that nothing listens on.`;
	return [{ path, reason, fix: [setCommand(path, String(port + 1))] }];
}

function listenError(host: string, port: number): Promise<string | undefined> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
		server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
	});
}

function bindError(address: string, port: number): Promise<string | undefined> {
	return new Promise((resolve) => {
		const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
		socket.once("error", (error: NodeJS.ErrnoException) => {
			socket.close();
			resolve(error.code);
		});
		socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(undefined)));
	});
}
