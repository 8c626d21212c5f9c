import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { SSH_OPTIONS } from "../../../components/runtime/ssh/options";
import { eventually } from "./docker";
import { ensureSshd, SSHD } from "./sshd-install";
import { freePort } from "./stack";

/**
 * An OpenSSH server of this user's on 127.0.0.1, with a host key, an authorized key and a `known_hosts` of its own. `ssh`
 * does not go by HOME, so the client's configuration comes by an `ssh` that is first in PATH and adds `-F`.
 */
export class Sshd {
	private constructor(
		readonly port: number,
		private readonly folder: string,
		private readonly server: ChildProcess,
	) {}

	static async start(): Promise<Sshd> {
		await ensureSshd();
		const folder = mkdtempSync(path.join(tmpdir(), "blue-green-sshd-"));
		const at = (file: string) => path.join(folder, file);
		const port = await freePort();
		for (const key of ["host", "client", "stranger"])
			execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", at(key)]);
		writeFileSync(at("authorized_keys"), readFileSync(at("client.pub")), { mode: 0o600 });
		writeFileSync(
			at("sshd_config"),
			`Port ${port}\nListenAddress 127.0.0.1\nHostKey ${at("host")}\nAuthorizedKeysFile ${at("authorized_keys")}
PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nPidFile none\nLogLevel VERBOSE\n`,
		);
		const bin = at("bin");
		mkdirSync(bin);
		writeFileSync(
			path.join(bin, "ssh"),
			`#!/bin/sh\nexec ${execFileSync("which", ["ssh"], { encoding: "utf8" }).trim()} -F ${at("config")} "$@"\n`,
			{ mode: 0o755 },
		);
		// The privilege separation of a server that root starts wants it.
		if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true });
		const server = spawn(SSHD, ["-D", "-f", at("sshd_config"), "-E", at("log")], { stdio: "ignore" });
		const sshd = new Sshd(port, folder, server);
		sshd.trustHost();
		sshd.useKey("client");
		await eventually("sshd listens", 10_000, () => listens(port));
		return sshd;
	}

	/** As it stands in the settings. */
	get host(): string {
		return `ssh://${userInfo().username}@127.0.0.1:${this.port}`;
	}

	/** PATH with the `ssh` in front that uses this server's keys. */
	get path(): string {
		return [path.join(this.folder, "bin"), process.env.PATH].join(path.delimiter);
	}

	/** The client knows the server by its right key, by one of somebody else's, or not at all. */
	trustHost(key: "host" | "stranger" | "none" = "host"): void {
		const [type, value] = readFileSync(this.at(`${key === "none" ? "host" : key}.pub`), "utf8").split(" ");
		const line = `[127.0.0.1]:${this.port} ${type} ${value}\n`;
		writeFileSync(this.at("known_hosts"), key === "none" ? "" : line);
	}

	/** Which key the client has; the server takes "client" only. */
	useKey(key: "client" | "stranger"): void {
		writeFileSync(
			this.at("config"),
			`IdentityFile ${this.at(key)}\nIdentitiesOnly yes\nIdentityAgent none
UserKnownHostsFile ${this.at("known_hosts")}\nGlobalKnownHostsFile /dev/null\n`,
		);
	}

	/** A session on the shared connection that stays until it is killed. */
	hold(): ChildProcess {
		const words = [...SSH_OPTIONS, "-p", String(this.port), "--", "127.0.0.1", "sleep 60"];
		return spawn(path.join(this.folder, "bin", "ssh"), words, { stdio: "ignore" });
	}

	/** How many processes of this name run in sessions. */
	running(command: string): number {
		const names = sessionsOf(this.server.pid).map((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim());
		return names.filter((name) => name === command).length;
	}

	/** How many connections have been accepted so far. */
	get accepted(): number {
		return readFileSync(this.at("log"), "utf8").split("Accepted publickey").length - 1;
	}

	/** Ends the server's side of all connections, as a host or a network that breaks down does. */
	cutConnections(): number {
		const sessions = sessionsOf(this.server.pid);
		for (const pid of sessions) process.kill(pid, "SIGKILL");
		return sessions.length;
	}

	stop(): void {
		this.cutConnections();
		this.server.kill();
		rmSync(this.folder, { recursive: true, force: true });
	}

	private at(file: string): string {
		return path.join(this.folder, file);
	}
}

/** Processes that this server has started for connections, and theirs. */
function sessionsOf(pid: number | undefined): number[] {
	if (pid === undefined) return [];
	const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
	if (children === "") return [];
	return children.split(" ").flatMap((child) => [Number(child), ...sessionsOf(Number(child))]);
}

function listens(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, "127.0.0.1");
		const answer = (does: boolean) => {
			socket.destroy();
			resolve(does);
		};
		socket.once("connect", () => answer(true));
		socket.once("error", () => answer(false));
	});
}
