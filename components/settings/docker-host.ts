import { z } from "zod";

const ALLOWED =
	"ssh://host, ssh://user@host:port, either with the path of the Engine's socket behind it, or unix:///path/to/docker.sock";

/** One of the parts goes into a shell on the other side, so nothing that a shell would take apart. */
const SSH =
	/^ssh:\/\/(?:(?<user>[A-Za-z0-9_][A-Za-z0-9._-]*)@)?(?<name>[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:]+\])(?::(?<port>\d{1,5}))?(?<socket>(?:\/[A-Za-z0-9._-]+)+)?\/?$/;
const UNIX = /^unix:\/\/(?:\/[A-Za-z0-9._-]+)+$/;

/**
 * The Docker host of the stack. Empty: that of DOCKER_HOST, or this machine. A password has no place in it: the
 * configuration is in a repository, and the key is the person's own.
 */
export const dockerHost = z
	.string()
	.refine((text) => text === "" || UNIX.test(text) || sshHost(text) !== undefined, { error: ALLOWED })
	.meta({ examples: ["ssh://deploy@shop.example.com"] })
	// Not optional: Pulumi takes what has no default in Pulumi.yaml for required.
	.prefault("");

export interface SshHost {
	/** Unset: as the person's ssh configuration says, or the name they have here. */
	readonly user?: string;
	/** A DNS name, an address (of IPv6 without brackets), or a `Host` of the person's ssh configuration. */
	readonly name: string;
	/** Unset: as the person's ssh configuration says, or 22. */
	readonly port?: number;
	/** Of the Engine, on the other side. */
	readonly socket: string;
}

/** The parts of an address that begins with ssh://; undefined where it is none, or not a right one. */
export function sshHost(text: string): SshHost | undefined {
	const { user, name, port, socket = "/var/run/docker.sock" } = SSH.exec(text)?.groups ?? {};
	if (name === undefined || Number(port ?? 22) < 1 || Number(port ?? 22) > 65_535) return undefined;
	return {
		...(user !== undefined && { user }),
		name: name.replace(/^\[|\]$/g, ""),
		...(port !== undefined && { port: Number(port) }),
		socket,
	};
}
