import type { SshHost } from "../../settings/docker-host";
import { indented } from "../report";
import { type Finding, sshCommand } from "./options";

/** What ssh said last that says something; its warnings fill pages. */
const SHOWN_LINES = 3;

/** Why there is no connection, and what comes next. @param said What ssh printed on its error stream. */
export function refusalText(url: string, host: SshHost, said: string): string {
	const { reason, next } = refusal(host, said);
	return [
		`The Docker host ${url} cannot be reached: ${reason}`,
		...saidLines(said),
		`Next: ${next}, then again what you did`,
	].join("\n");
}

function refusal(host: SshHost, said: string): { reason: string; next: string } {
	const ssh = sshCommand(host);
	const knownAs = host.port === undefined ? host.name : `'[${host.name}]:${host.port}'`;
	if (/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(said))
		return {
			reason:
				"its host key is not the one in your known_hosts. It was set up anew, or somebody else answers in its place.",
			next: `ask who runs it for the fingerprint of its key. Only if it has a new one: ssh-keygen -R ${knownAs}; ${ssh}`,
		};
	if (/Host key verification failed|No .*host key is known/.test(said))
		return {
			reason: "its host key is not in your known_hosts, and nobody can be asked here.",
			next: `${ssh} (compare the fingerprint that it shows)`,
		};
	if (/Permission denied \(/.test(said))
		return {
			reason: "it accepts none of your keys for this user.",
			next: `ssh-add -l shows what your agent holds; ssh-copy-id${ssh.slice("ssh".length)} brings your key there`,
		};
	if (/Could not resolve hostname/.test(said))
		return { reason: "there is no host of this name.", next: "pulumi config set host ssh://<user>@<host>" };
	if (/Connection refused|timed out|No route to host|Network is unreachable/.test(said))
		return { reason: "nothing answers there.", next: `see that this works: ${ssh} true` };
	return { reason: "ssh ended before there was a connection.", next: `see that this works: ${ssh} true` };
}

/** Why the Engine cannot be used though ssh gets there. */
export function findingText(url: string, host: SshHost, finding: Exclude<Finding, "ready">): string {
	const ssh = sshCommand(host);
	const user = host.user ?? "the user";
	const [reason, next] = {
		missing: [
			`there is no Docker Engine behind ${host.socket}`,
			`${ssh} docker info; its socket may be elsewhere: pulumi config set host ${url.replace(/(?<=:\/\/[^/]+)\/.*$/, "")}/path/to/docker.sock`,
		],
		denied: [
			`${user} may not use the Docker Engine there (${host.socket})`,
			`as root on that host: usermod -aG docker ${host.user ?? "<user>"}`,
		],
		"no-docker": [
			"there is no docker command on that host, with which Pulumi's docker provider connects",
			"as root on that host: apt-get install docker.io (or docker-ce-cli)",
		],
	}[finding] as [string, string];
	return `The Docker host ${url} was reached, but ${reason}.\nNext: ${next}, then again what you did`;
}

/** Added to what failed while the connection was lost. */
export function lostText(url: string, said: string): string {
	return [
		`The SSH connection to ${url} was lost meanwhile.`,
		...saidLines(said),
		"Visitors are served as the proxy there was told last: by the old color before the switch, by the new one after it.",
		"Next: pulumi up (it looks at the host first, and goes on from what it finds)",
	].join("\n");
}

function saidLines(said: string): string[] {
	const lines = said
		.split("\n")
		.map((line) => line.trim())
		.filter((line) => line !== "" && !line.startsWith("@"));
	return lines.length === 0 ? [] : ["  ssh said:", indented(lines.slice(-SHOWN_LINES))];
}
