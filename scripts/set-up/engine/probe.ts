import Docker from "dockerode";

export type Probe =
	| { version: string; failure?: never }
	| { version?: never; failure: string; code: string | undefined };

/**
 * Asks the Docker Engine for its version: the one of DOCKER_HOST, else the one on this machine.
 *
 * @param socket a Unix socket to ask instead.
 * @returns the version, or why there was no answer within `timeoutMs`. Does not throw.
 */
export async function probeEngine(socket?: string, timeoutMs = 5_000): Promise<Probe> {
	const started = Date.now();
	try {
		const docker = new Docker({
			timeout: timeoutMs,
			...(socket === undefined ? {} : { socketPath: socket }),
		});
		return { version: (await docker.version()).Version };
	} catch (error) {
		const { message, code } = error as NodeJS.ErrnoException;
		// The client says "socket hang up" of a request that it has itself given up.
		const silent = code === "ECONNRESET" && Date.now() - started >= timeoutMs;
		return { failure: silent ? `no answer within ${timeoutMs} ms` : message || String(error), code };
	}
}
