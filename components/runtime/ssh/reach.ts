import { sshHost } from "../../settings/docker-host";
import { StepError } from "../report";
import type { SshConnection } from "./connection";
import { lostText } from "./texts";

/**
 * How a process gets to the stack's Docker host: from here on DOCKER_HOST leads there, in this process and in those that it
 * starts. One process works on one stack, so there is one host.
 */
let reached: string | undefined;
let connection: SshConnection | undefined;
let opening: Promise<void> | undefined;

/**
 * Sees that the host can be asked; one that is connected already costs nothing, a connection that was lost is made anew.
 *
 * @param host The stack's setting `host`; undefined or empty: DOCKER_HOST stays what it is.
 * @throws StepError with what is wrong and what to do. DOCKER_HOST then leads nowhere: nothing asks another Engine instead.
 */
export async function reach(host: string | undefined): Promise<void> {
	if (host === undefined || host === "") return;
	if (reached !== undefined && reached !== host)
		throw new StepError(`this process works on ${reached}, and cannot on ${host} as well`);
	reached = host;
	if (sshHost(host) === undefined) {
		process.env.DOCKER_HOST = host;
		return;
	}
	if (opening !== undefined) return opening;
	if (connection?.isOpen) return;
	opening = connect(host);
	try {
		await opening;
	} finally {
		opening = undefined;
	}
}

async function connect(host: string): Promise<void> {
	connection?.close();
	// Loaded when used: most stacks are on this machine.
	const { SshConnection } = require("./connection") as typeof import("./connection");
	connection = new SshConnection(host);
	process.env.DOCKER_HOST = `unix://${connection.socketPath}`;
	await connection.open();
}

/** The host that this process was told of; undefined: it works with DOCKER_HOST, or this machine. */
export function reachedHost(): string | undefined {
	return reached;
}

/** Whether ports of the host's loopback are those of another machine. */
export function isElsewhere(): boolean {
	return reached !== undefined && sshHost(reached) !== undefined;
}

/** What to add to an error: that the connection was lost, and what that means. Undefined where it stands. */
export function loss(): string | undefined {
	if (connection === undefined || reached === undefined || connection.isOpen) return undefined;
	return lostText(reached, connection.lastWords);
}
