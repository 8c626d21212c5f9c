import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { type SshHost, sshHost } from "../../settings/docker-host";
import { StepError } from "../report";
import { destination, type Finding, remoteCommand, SSH_OPTIONS } from "./options";
import { findingText, refusalText } from "./texts";

/** Longest wait for a connection; ssh itself gives up on a host that does not answer after 10 s. */
const DEADLINE_MS = 20_000;
/** Of what ssh says, as much as anybody will read. */
const SAID_LIMIT = 4_000;
/** The path of a socket ends at 107 characters on Linux, at 103 elsewhere. */
const LONGEST_FOLDER = 70;

type Ssh = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * A Docker Engine on another machine, behind a socket on this one: the person's own `ssh` forwards it. Everything that
 * speaks to a local Engine so speaks to that one, streams included, and a connection costs a round trip and no process.
 */
export class SshConnection {
	/** 0700: who may open the socket in it is root on the other side. */
	private readonly folder = mkdtempSync(join(shortFolder(), "blue-green-"));
	/** There from the first, if nothing listens on it yet: nobody who is told of it asks another Engine by mistake. */
	readonly socketPath = join(this.folder, "docker.sock");
	private process: Ssh | undefined;
	private said = "";

	constructor(readonly url: string) {
		process.once("exit", () => this.close());
	}

	/** @throws StepError with what is wrong, and what to do. */
	async open(deadlineMs = DEADLINE_MS): Promise<void> {
		const host = sshHost(this.url);
		if (host === undefined) throw new StepError(`${this.url} is no address of a Docker host`);
		const finding = await this.start(host, deadlineMs);
		if (finding === "ready") return;
		this.close();
		throw new StepError(findingText(this.url, host, finding));
	}

	get isOpen(): boolean {
		return this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null;
	}

	/** What ssh has said on its error stream. */
	get lastWords(): string {
		return this.said;
	}

	close(): void {
		this.process?.kill();
		rmSync(this.folder, { recursive: true, force: true });
	}

	private start(host: SshHost, deadlineMs: number): Promise<Finding> {
		mkdirSync(join(userInfo().homedir, ".ssh"), { recursive: true, mode: 0o700 });
		const forward = [
			"-oExitOnForwardFailure=yes",
			"-oStreamLocalBindMask=0177",
			// Where the shared connection takes no further session (MaxSessions), ssh makes one of its own after the shared
			// one has bound the socket already.
			"-oStreamLocalBindUnlink=yes",
		];
		const words = [...SSH_OPTIONS, ...forward, "-T", "-L", `${this.socketPath}:${host.socket}`];
		// In a group of its own: ^C is for Pulumi, which ends in order.
		const ssh: Ssh = spawn("ssh", [...words, ...destination(host), remoteCommand(host)], {
			stdio: ["pipe", "pipe", "pipe"],
			detached: true,
		});
		this.process = ssh;
		letGo(ssh);
		ssh.stdin.on("error", () => undefined);
		ssh.stderr.on("data", (chunk: Buffer) => {
			this.said = `${this.said}${chunk.toString("utf8")}`.slice(-SAID_LIMIT);
		});
		return new Promise((resolve, reject) => {
			const fail = (why: string) => {
				clearTimeout(timer);
				reject(new StepError(refusalText(this.url, host, why)));
				this.close();
			};
			const timer = setTimeout(
				() => fail(`${this.said}\nConnection timed out after ${deadlineMs} ms`),
				deadlineMs,
			);
			ssh.on("error", (error) => fail(`the ssh command cannot be started: ${error.message}`));
			ssh.on("close", () => fail(this.said));
			let printed = "";
			ssh.stdout.on("data", (chunk: Buffer) => {
				printed += chunk.toString("utf8");
				const found = /^(ready|missing|denied|no-docker)$/m.exec(printed);
				if (found === null) return;
				clearTimeout(timer);
				resolve(found[1] as Finding);
			});
		});
	}
}

/** Whoever has done their work ends, and ssh with them: its standard input is closed then. */
function letGo(ssh: Ssh): void {
	ssh.unref();
	for (const stream of [ssh.stdin, ssh.stdout, ssh.stderr]) (stream as unknown as { unref(): void }).unref();
}

function shortFolder(): string {
	return tmpdir().length > LONGEST_FOLDER ? "/tmp" : tmpdir();
}
