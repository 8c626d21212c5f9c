import { type Duplex, PassThrough } from "node:stream";
import type { Exec } from "dockerode";
import { StepError } from "../report";
import type { Engine } from "./engine";

export interface ExecResult {
	readonly exitCode: number;
	readonly stdout: string;
	readonly stderr: string;
}

/**
 * Runs a command in a running container. A failing exit code is a result, not an error.
 *
 * @param env Extra variables, for values that must not be read as part of the command.
 * @throws StepError when the command has not ended after `timeoutMs`.
 */
export async function exec(
	engine: Engine,
	container: string,
	command: readonly string[],
	env: Readonly<Record<string, string>> = {},
	timeoutMs = 10_000,
): Promise<ExecResult> {
	const run = await engine.api.getContainer(container).exec({
		Cmd: [...command],
		Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
		AttachStdout: true,
		AttachStderr: true,
	});
	return result(engine, run, await run.start({}), timeoutMs, `${command[0]} in ${container}`);
}

/**
 * Runs a command that reads `input`, which no list of processes shows. What it reads has to tell it where to end: not every
 * connection to Docker can be closed by half.
 *
 * @throws StepError when the command has not ended after `timeoutMs`.
 */
export async function execWithInput(
	engine: Engine,
	container: string,
	command: readonly string[],
	input: string,
	timeoutMs = 10_000,
): Promise<ExecResult> {
	const run = await engine.api.getContainer(container).exec({
		Cmd: [...command],
		AttachStdin: true,
		AttachStdout: true,
		AttachStderr: true,
	});
	const stream = await run.start({ hijack: true, stdin: true });
	const ran = result(engine, run, stream, timeoutMs, `${command[0]} in ${container}`);
	stream.write(input);
	return ran;
}

async function result(
	engine: Engine,
	run: Exec,
	stream: NodeJS.ReadWriteStream,
	timeoutMs: number,
	what: string,
): Promise<ExecResult> {
	const [stdout, stderr] = [new PassThrough(), new PassThrough()];
	engine.api.modem.demuxStream(stream, stdout, stderr);
	const [out, err] = [collect(stdout), collect(stderr)];
	await ended(stream, timeoutMs, what);
	const { ExitCode } = await run.inspect();
	return { exitCode: ExitCode ?? -1, stdout: out(), stderr: err() };
}

/**
 * Starts a command in a running container with its standard input attached.
 *
 * @returns what the command reads and prints, in Docker's frames: `engine.api.modem.demuxStream` takes the output apart.
 */
export async function attach(engine: Engine, container: string, command: readonly string[]): Promise<Duplex> {
	const run = await engine.api.getContainer(container).exec({
		Cmd: [...command],
		AttachStdin: true,
		AttachStdout: true,
		AttachStderr: true,
	});
	return run.start({ hijack: true, stdin: true });
}

/** Starts a command in a running container that goes on whatever becomes of us; what it prints is lost. */
export async function startDetached(
	engine: Engine,
	container: string,
	command: readonly string[],
	env: Readonly<Record<string, string>>,
): Promise<void> {
	const run = await engine.api.getContainer(container).exec({
		Cmd: [...command],
		Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
	});
	await run.start({ Detach: true });
}

function collect(stream: PassThrough): () => string {
	const chunks: Buffer[] = [];
	stream.on("data", (chunk: Buffer) => chunks.push(chunk));
	return () => Buffer.concat(chunks).toString("utf8");
}

function ended(stream: NodeJS.ReadWriteStream, timeoutMs: number, what: string): Promise<void> {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => {
			(stream as unknown as { destroy(): void }).destroy();
			reject(new StepError(`${what} has not ended after ${timeoutMs} ms`));
		}, timeoutMs);
		const done = (error?: Error) => {
			clearTimeout(timer);
			if (error) reject(error);
			else resolve();
		};
		stream.on("end", () => done());
		stream.on("error", done);
	});
}
