import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { pack } from "tar-stream";
import { LABEL, MIGRATION_ROLE, SECRETS_FOLDER } from "../../plan/names";
import type { Engine } from "../docker/engine";
import { excerpt, StepError, sleep } from "../report";
import type { MigrationInputs, MigrationSecrets } from "./types";

/** A container that runs one command to its end. It outlives the process that started it. */
export interface OneShot {
	readonly id: string;
	readonly name: string;
	/** Id of the run in the journal; unset for a command that the journal does not know. */
	readonly run?: number;
	/** "expand of 2.0.0". */
	readonly what: string;
	/** Made, but not started: whoever made it was interrupted. */
	readonly neverRan: boolean;
}

/** How it ended. */
export interface OneShotEnd {
	readonly exitCode: number;
	readonly durationMs: number;
	/** ISO 8601, UTC. */
	readonly startedAt: string;
	readonly endedAt: string;
	readonly timedOut: boolean;
	readonly outOfMemory: boolean;
	/** The last lines that it printed, oldest first. */
	readonly lastLines: readonly string[];
	/** The last line of its standard output alone; empty where there is none. */
	readonly answer: string;
	/** Its address on the network; empty where that could not be seen any more. */
	readonly address: string;
}

const MIB = 1024 * 1024;
const LAST_LINES = 20;
const LONGEST_LINE = 500;
const POLL_MS = 200;
/** From SIGTERM to SIGKILL. */
const GRACE_SECONDS = 10;
/** Questions in a row that Docker may leave unanswered: a restart of the Engine takes seconds. */
const MOST_FAILURES = 100;

/** All containers of migrations on the host, running or not. */
export async function findOneShots(engine: Engine, stack: string): Promise<OneShot[]> {
	const label = [`${LABEL.stack}=${stack}`, `${LABEL.role}=${MIGRATION_ROLE}`];
	const found = await engine.api.listContainers({ all: true, filters: { label } });
	return found.map(({ Id, Names, Labels, State }) => {
		const run = Number(Labels[LABEL.run]);
		return {
			id: Id,
			name: Names[0]?.slice(1) ?? "",
			what: `${Labels[LABEL.phase]} of ${Labels[LABEL.version]}`,
			neverRan: State === "created",
			...(run > 0 && { run }),
		};
	});
}

/**
 * Makes the container; it does not run yet.
 *
 * @param options.run Id of the run in the journal.
 */
export async function createOneShot(
	engine: Engine,
	inputs: MigrationInputs,
	secrets: MigrationSecrets,
	options: { name: string; command: readonly string[]; phase: string; run?: number },
): Promise<OneShot> {
	const { version, revision, color, secretsAs, resources } = inputs;
	const asFiles = secretsAs === "file";
	const paths = Object.keys(secrets).map((key) => [`${key}_FILE`, `${SECRETS_FOLDER}/${key}`]);
	const env = {
		...inputs.env,
		COLOR: color,
		VERSION: version,
		...(revision !== undefined && { REVISION: revision }),
		PHASE: options.phase,
		...(asFiles ? Object.fromEntries(paths) : secrets),
	};
	const memory = (resources.memoryMb ?? 0) * MIB;
	const container = await engine.api.createContainer({
		name: options.name,
		Image: inputs.image,
		Cmd: [...options.command],
		Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
		Labels: {
			[LABEL.stack]: inputs.stack,
			[LABEL.role]: MIGRATION_ROLE,
			[LABEL.color]: color,
			[LABEL.version]: version,
			[LABEL.phase]: options.phase,
			...(revision !== undefined && { [LABEL.revision]: revision }),
			...(options.run !== undefined && { [LABEL.run]: String(options.run) }),
		},
		HostConfig: {
			NetworkMode: inputs.network,
			RestartPolicy: { Name: "no" },
			SecurityOpt: ["no-new-privileges:true"],
			...(memory > 0 && { Memory: memory, MemorySwap: memory }),
			...(resources.cpus !== undefined && { NanoCpus: Math.round(resources.cpus * 1e9) }),
		},
	});
	if (asFiles) await container.putArchive(await archiveOf(secrets), { path: "/" });
	const what = `${options.phase} of ${version}`;
	const run = options.run !== undefined && { run: options.run };
	return { id: container.id, name: options.name, what, neverRan: true, ...run };
}

/** Readable by whatever user the image runs as; the file is in the container only. */
async function archiveOf(secrets: MigrationSecrets): Promise<Buffer> {
	const archive = pack();
	for (const [key, value] of Object.entries(secrets))
		archive.entry({ name: `${SECRETS_FOLDER.slice(1)}/${key}`, mode: 0o444 }, value);
	archive.finalize();
	const parts: Buffer[] = [];
	for await (const part of archive) parts.push(part as Buffer);
	return Buffer.concat(parts);
}

/**
 * Starts the container if it has not been yet, and watches it to its end, which is at the deadline at the latest: counted
 * from its own start, whoever has watched until now.
 *
 * @param print Gets each line that it prints, from the first on.
 * @throws StepError where it is gone, or Docker does not answer for long.
 */
export async function watchOneShot(
	engine: Engine,
	shot: OneShot,
	network: string,
	deadlineMs: number,
	print: (line: string) => void,
): Promise<OneShotEnd> {
	const container = engine.api.getContainer(shot.id);
	if (shot.neverRan) await container.start();
	const offsetMs = await engine.clockOffsetMs();
	const output = await follow(engine, shot, print);
	let address = "";
	let timedOut = false;
	for (let failures = 0; ; ) {
		const seen = await inspect(engine, shot).catch((error: unknown) => {
			if (error instanceof StepError || ++failures > MOST_FAILURES) throw error;
			return undefined;
		});
		if (seen !== undefined) {
			failures = 0;
			address ||= seen.NetworkSettings.Networks[network]?.IPAddress ?? "";
			const { State } = seen;
			const startedMs = Date.parse(State.StartedAt);
			if (["exited", "dead"].includes(State.Status)) {
				const { lastLines, answer } = await output.ended();
				return {
					exitCode: State.ExitCode,
					durationMs: Math.max(0, Date.parse(State.FinishedAt) - startedMs),
					startedAt: State.StartedAt,
					endedAt: State.FinishedAt,
					timedOut,
					outOfMemory: State.OOMKilled,
					lastLines,
					answer,
					address,
				};
			}
			if (!timedOut && Date.now() + offsetMs - startedMs > deadlineMs) {
				timedOut = true;
				await container.stop({ t: GRACE_SECONDS });
			}
		}
		await sleep(POLL_MS);
	}
}

async function inspect(engine: Engine, { id, name }: OneShot) {
	try {
		return await engine.api.getContainer(id).inspect();
	} catch (error) {
		if ((error as { statusCode?: number }).statusCode === 404)
			throw new StepError(`The container ${name} was removed while it was waited for.`);
		throw error;
	}
}

/** Longest wait for the last lines of a container that has ended. */
const OUTPUT_MS = 5_000;

async function follow(engine: Engine, { id }: OneShot, print: (line: string) => void) {
	const stream = (await engine.api
		.getContainer(id)
		.logs({ follow: true, stdout: true, stderr: true })) as unknown as NodeJS.ReadableStream;
	const lines: string[] = [];
	let answer = "";
	const reader = (isAnswer: boolean) => {
		const part = new PassThrough();
		const done = new Promise<void>((resolve) => {
			createInterface({ input: part })
				.on("line", (line) => {
					const shown = excerpt(line, LONGEST_LINE);
					if (shown === "") return;
					if (isAnswer) answer = shown;
					lines.push(shown);
					if (lines.length > LAST_LINES) lines.shift();
					print(shown);
				})
				.on("close", resolve);
		});
		return { part, done };
	};
	const [stdout, stderr] = [reader(true), reader(false)];
	engine.api.modem.demuxStream(stream, stdout.part, stderr.part);
	const close = () => {
		stdout.part.end();
		stderr.part.end();
	};
	for (const event of ["end", "close", "error"]) stream.on(event, close);
	return {
		async ended(): Promise<{ lastLines: readonly string[]; answer: string }> {
			// Not a timer that keeps this process alive.
			const late = new Promise((resolve) => setTimeout(resolve, OUTPUT_MS).unref());
			await Promise.race([Promise.all([stdout.done, stderr.done]), late]);
			return { lastLines: [...lines], answer };
		},
	};
}

/** Removes it; one that is gone already is no error. */
export async function removeOneShot(engine: Engine, { id }: OneShot): Promise<void> {
	try {
		await engine.api.getContainer(id).remove({ force: true, v: true });
	} catch (error) {
		if ((error as { statusCode?: number }).statusCode !== 404) throw error;
	}
}
