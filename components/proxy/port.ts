import { createServer } from "node:net";
import { LOOPBACK } from "../databases/container";
import { type Problem, setCommand } from "../settings/problems";
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
	const wanted: Wanted[] = [
		{ path: ["proxy", "httpPort"], address: proxy.bindAddress, port: proxy.httpPort },
		...(proxy.preview.enabled && proxy.preview.port !== undefined
			? [{ path: ["proxy", "preview", "port"], address: LOOPBACK, port: proxy.preview.port }]
			: []),
		...Object.entries(databases).flatMap(([name, { publishPort: port }]): Wanted[] =>
			port === undefined ? [] : [{ path: ["databases", name, "publishPort"], address: LOOPBACK, port }],
		),
	];
	return (await Promise.all(wanted.map((one) => portProblem(one, published)))).flat();
}

/** The part of the settings that names ports of the Docker host. */
interface Publishing {
	readonly proxy: Pick<ProxySettings, "bindAddress" | "httpPort" | "preview">;
	readonly databases?: Readonly<Record<string, Pick<Database, "publishPort">>>;
}

interface Wanted {
	readonly path: readonly string[];
	readonly address: string;
	readonly port: number;
}

async function portProblem(
	{ path, address, port }: Wanted,
	published: readonly string[],
): Promise<Problem[]> {
	if (published.includes(`${address}:${port}`)) return [];
	if ((await listenError(address, port)) !== "EADDRINUSE") return [];
	const reason = `${port} is in use by another program on ${address}. Allowed: a port that nothing listens on.`;
	return [{ path, reason, fix: [setCommand(path, String(port + 1))] }];
}

function listenError(host: string, port: number): Promise<string | undefined> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
		server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
	});
}
