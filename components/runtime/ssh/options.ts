import type { SshHost } from "../../settings/docker-host";

/**
 * What every call of the person's own `ssh` is given, by this program and by Pulumi's docker provider, which puts them into
 * its state: so nothing here is of one machine. Whom to trust, keys and agent stay as their configuration has them.
 */
export const SSH_OPTIONS: readonly string[] = [
	// Nobody sits at a terminal who could be asked for a password or about a host key.
	"-oBatchMode=yes",
	"-oConnectTimeout=10",
	// A host that is gone is noticed after 15 s; an idle connection is kept open by what lies between.
	"-oServerAliveInterval=5",
	"-oServerAliveCountMax=3",
	// All processes of an `up` share one connection, and the next `up` within a minute finds it open. ssh knows by %C for
	// which host and user; only the person themselves may use it.
	"-oControlMaster=auto",
	"-oControlPath=~/.ssh/blue-green-%C",
	"-oControlPersist=60",
];

/** Where to, as the last words before the command. */
export function destination({ user, name, port }: SshHost): string[] {
	return [
		...(port === undefined ? [] : ["-p", String(port)]),
		...(user === undefined ? [] : ["-l", user]),
		"--",
		name,
	];
}

/** What a person would type to get there. */
export function sshCommand({ user, name, port }: SshHost): string {
	return `ssh ${port === undefined ? "" : `-p ${port} `}${user === undefined ? "" : `${user}@`}${name}`;
}

/** What the other side answers first. */
export type Finding = "ready" | "missing" | "denied" | "no-docker";

/**
 * Looks whether this user may use the Engine there, and then stays for as long as its standard input is open: it ends with
 * the process that started it, however that ends.
 */
export function remoteCommand({ socket }: SshHost): string {
	const script = [
		`if [ ! -S ${socket} ]; then echo missing`,
		`elif [ ! -w ${socket} ]; then echo denied`,
		"elif ! command -v docker >/dev/null 2>&1; then echo no-docker",
		"else echo ready; exec cat >/dev/null; fi",
	].join("; ");
	// Not every login shell is one that reads this.
	return `sh -c '${script}'`;
}
