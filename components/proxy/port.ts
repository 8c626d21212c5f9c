import { createServer } from "node:net";
import { type Problem, setCommand } from "../settings/problems";
import type { ProxySettings } from "../settings/schema";

/**
 * A problem where something else than this stack listens on the proxy's port; asked of this machine only, so nothing
 * is said where the Docker Engine is on another.
 *
 * @param published Addresses that the stack itself publishes by now.
 */
export async function portProblems(
	proxy: ProxySettings,
	published: readonly string[],
	dockerHost: string | undefined,
): Promise<Problem[]> {
	const remote = dockerHost !== undefined && !dockerHost.startsWith("unix://");
	const address = `${proxy.bindAddress}:${proxy.httpPort}`;
	if (remote || published.includes(address)) return [];
	const error = await listenError(proxy.bindAddress, proxy.httpPort);
	if (error !== "EADDRINUSE") return [];
	const reason = `${proxy.httpPort} is in use by another program on ${proxy.bindAddress}. Allowed: a port that nothing listens on.`;
	return [
		{
			path: ["proxy", "httpPort"],
			reason,
			fix: [setCommand(["proxy", "httpPort"], String(proxy.httpPort + 1))],
		},
	];
}

function listenError(host: string, port: number): Promise<string | undefined> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
		server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
	});
}
