import { posix } from "node:path";
import { type Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ContainerCreateOptions } from "dockerode";
import tar from "tar-stream";
import type { Engine } from "../docker/engine";
import { type ExecResult, exec } from "../docker/exec";
import { excerpt, messageOf, StepError, sleep } from "../report";

/** Where backups stand inside the worker. */
export const BACKUPS = "/backups";
/** Where the worker has what must not stand on a command line or in `docker inspect`. */
const SECRETS = "/run/backup";
const GRACE_MS = 30_000;
/** Longest wait for Docker to forget a container that has ended. */
const REMOVAL_MS = 10_000;

/** Where backups are kept: a volume, or a folder on the Docker host. */
export type BackupStore = { readonly volume: string } | { readonly folder: string };

export interface WorkerOptions {
	/** Only one worker of a name can be there: it is the lock that keeps two backups of a database apart. */
	readonly name: string;
	/** Label of the stack: "shop/prod". */
	readonly stack: string;
	readonly image: string;
	/** Container whose network it joins: what it reaches on 127.0.0.1. Unset: no network at all. */
	readonly beside?: string;
	readonly store: BackupStore;
	/** A volume that is to be filled, and where the image wants it. */
	readonly fresh?: { readonly volume: string; readonly path: string };
	/** Environment of the image's own entry point. */
	readonly env?: readonly string[];
	readonly deadlineMs: number;
}

/**
 * A container of the database's own image that has the backups mounted, and does nothing by itself but live as long as its
 * standard input is held: when this process ends, however it ends, Docker removes it.
 *
 * Not an exec in the database's container: that one has no place for a backup, and a mount cannot be added to it without an
 * outage. So nothing passes through this machine, and memory and processor time of a dump are not the database's own.
 */
export class Worker {
	private constructor(
		private readonly engine: Engine,
		readonly name: string,
		private readonly input: Duplex,
		private readonly endsAt: number,
	) {}

	static async start(engine: Engine, options: WorkerOptions): Promise<Worker> {
		const { name, deadlineMs } = options;
		const container = await engine.api.createContainer(creation(options)).catch((error: unknown) => {
			throw refusal(error, options);
		});
		try {
			const options = { stream: true, stdin: true, stdout: true, hijack: true };
			const input = (await container.attach(options)) as Duplex;
			// Whatever breaks on this stream shows in the commands that are run.
			input.on("error", () => undefined).resume();
			await container.start();
			return new Worker(engine, name, input, Date.now() + deadlineMs);
		} catch (error) {
			await container.remove({ force: true, v: true }).catch(() => undefined);
			throw refusal(error, options);
		}
	}

	/** Time that a command has, ms: a little more than the whole, whose end is told in better words. */
	private get leftMs(): number {
		return Math.max(1_000, this.endsAt + GRACE_MS - Date.now());
	}

	/**
	 * Runs a command; see `exec`.
	 * @throws StepError with what it printed, where its exit code is not 0, or the deadline passes.
	 */
	async run(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
		const { exitCode, stdout, stderr } = await this.try(command, env);
		if (exitCode === 0) return stdout;
		const said = excerpt(stderr.trim() || stdout.trim() || "it printed nothing", 2_000);
		throw new StepError(`${command[0]} failed with exit code ${exitCode}: ${said}`);
	}

	/** As `run`, where a failing exit code is an answer. */
	try(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ExecResult> {
		// What is written here is all of somebody's data: nobody else on the host is to read it.
		const quietly = ["sh", "-c", 'umask 077; exec "$@"', "sh", ...command];
		return exec(this.engine, this.name, quietly, { LC_ALL: "C", ...env }, this.leftMs);
	}

	/** `sh -c`; arguments are $1, $2 … and are never read as a part of the script. */
	sh(script: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
		return this.run(["sh", "-c", script, "sh", ...args], env);
	}

	/** Puts a secret into a file that only root reads. @returns its path. */
	async secret(name: string, content: string): Promise<string> {
		await this.run(["mkdir", "-p", "-m", "0700", SECRETS]);
		await this.put(`${SECRETS}/${name}`, Readable.from([content]), Buffer.byteLength(content));
		return `${SECRETS}/${name}`;
	}

	/** Writes a file of `size` bytes, as they come: it is never in memory as a whole. */
	async put(path: string, content: Readable, size: number): Promise<void> {
		const pack = tar.pack();
		const sent = this.container.putArchive(Readable.from(pack), { path: posix.dirname(path) });
		const entry = pack.entry({ name: posix.basename(path), mode: 0o600, size });
		await Promise.all([pipeline(content, entry).then(() => pack.finalize()), sent]);
	}

	/** The content of a file, as it is asked for. */
	async get(path: string): Promise<Readable> {
		const archive = await this.container.getArchive({ path });
		const extract = tar.extract();
		return new Promise((resolve, reject) => {
			extract.on("entry", (_header, entry) => resolve(Readable.from(entry)));
			const nothing = () => reject(new StepError(`Docker gave nothing for ${path}`));
			pipeline(archive, extract).then(nothing, reject);
		});
	}

	private get container() {
		return this.engine.api.getContainer(this.name);
	}

	/** Ends it, and all that runs in it; its name is free afterwards. */
	async remove(): Promise<void> {
		this.input.destroy();
		await this.container.remove({ force: true, v: true }).catch(() => undefined);
		// Docker says "removal in progress" where the end of its input was quicker.
		for (const end = Date.now() + REMOVAL_MS; Date.now() < end; await sleep(50)) {
			if ((await this.engine.inspect(this.name).catch(() => undefined)) === undefined) return;
		}
	}
}

function creation(options: WorkerOptions): ContainerCreateOptions {
	const { name, stack, image, beside, store, fresh, env, deadlineMs } = options;
	const isVolume = "volume" in store;
	return {
		name,
		Image: image,
		User: "0:0",
		...(env && { Env: [...env] }),
		// `cat` ends with its input, and `timeout` ends `cat` where the network to a far Engine has died silently.
		Entrypoint: ["timeout", String(Math.ceil(deadlineMs / 1_000) + 60), "cat"],
		Cmd: [],
		OpenStdin: true,
		StdinOnce: true,
		AttachStdin: true,
		Healthcheck: { Test: ["NONE"] },
		// Not the label of the stack: it is no part of what the state knows, and an `up` beside it must not mind.
		Labels: { "blue-green.backup-of": stack },
		HostConfig: {
			AutoRemove: true,
			NetworkMode: beside === undefined ? "none" : `container:${beside}`,
			SecurityOpt: ["no-new-privileges:true"],
			// A bind of a folder that is not there fails: a mistyped path, or a disk that is not mounted, is not to be filled.
			Mounts: [
				isVolume
					? { Type: "volume", Source: store.volume, Target: BACKUPS }
					: { Type: "bind", Source: store.folder, Target: BACKUPS },
				...(fresh ? [{ Type: "volume" as const, Source: fresh.volume, Target: fresh.path }] : []),
			],
		},
	};
}

function refusal(error: unknown, { name, store }: WorkerOptions): Error {
	const text = messageOf(error);
	if ((error as { statusCode?: number }).statusCode === 409) {
		return new StepError(
			`another backup or restore of it is under way in the container ${name}.\nNext: wait for it, or end it: docker rm --force ${name}`,
		);
	}
	if ("folder" in store && text.includes("bind source path does not exist")) {
		return new StepError(
			`the folder ${store.folder} is not there on the Docker host.\nNext: make it (mkdir -m 0700 ${store.folder}) or mount its disk; or keep backups in a volume: pulumi config rm --path backups.folder`,
		);
	}
	return new StepError(`Docker did not start a container for it: ${text}`);
}
