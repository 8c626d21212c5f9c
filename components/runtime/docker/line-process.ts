import { type Duplex, PassThrough } from "node:stream";
import { StepError } from "../report";
import type { Engine } from "./engine";
import { attach } from "./exec";

/**
 * A process in a container that answers each line with one line.
 *
 * Docker takes 30 to 50 ms of processor time to start one, on the machine that serves requests at this very moment; a
 * line after that takes next to nothing.
 */
export class LineProcess {
	private process: Promise<Duplex> | undefined;
	private stream: Duplex | undefined;
	private readonly waiting: Waiting[] = [];
	private unfinished = "";
	private complaint = "";

	constructor(
		private readonly engine: Engine,
		private readonly container: string,
		private readonly command: readonly string[],
		/** Longest time for one answer. */
		private readonly timeoutMs = 10_000,
	) {}

	/**
	 * Starts the process if it does not run yet. Answers come in the order of the lines.
	 * @throws StepError where there is no answer in time, or the process has ended; the next call starts another.
	 */
	async ask(line: string): Promise<string> {
		this.process ??= this.start();
		const process = await this.process.catch((error: unknown) => {
			this.process = undefined;
			throw error;
		});
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				this.end(`no answer within ${this.timeoutMs} ms`);
			}, this.timeoutMs);
			this.waiting.push({ resolve, reject, timer });
			process.write(`${line}\n`);
		});
	}

	close(): void {
		this.end("closed");
	}

	private async start(): Promise<Duplex> {
		const stream = await attach(this.engine, this.container, this.command);
		const [stdout, stderr] = [new PassThrough(), new PassThrough()];
		this.engine.api.modem.demuxStream(stream, stdout, stderr);
		stdout.setEncoding("utf8").on("data", (text: string) => this.receive(text));
		stderr.setEncoding("utf8").on("data", (text: string) => {
			this.complaint += text;
		});
		const ended = () => {
			// The last words of an older process say nothing of the one that runs.
			if (this.stream === stream) this.end(this.complaint.trim() || "it has ended");
		};
		for (const event of ["end", "close", "error"]) stream.on(event, ended);
		this.stream = stream;
		return stream;
	}

	private receive(text: string): void {
		const lines = (this.unfinished + text).split("\n");
		this.unfinished = lines.pop() ?? "";
		for (const line of lines) {
			const next = this.waiting.shift();
			clearTimeout(next?.timer);
			next?.resolve(line);
		}
	}

	private end(reason: string): void {
		const { stream } = this;
		this.process = undefined;
		this.stream = undefined;
		this.unfinished = "";
		this.complaint = "";
		stream?.destroy();
		for (const { reject, timer } of this.waiting.splice(0)) {
			clearTimeout(timer);
			reject(new StepError(`${this.command[0]} in ${this.container}: ${reason}`));
		}
	}
}

interface Waiting {
	readonly resolve: (line: string) => void;
	readonly reject: (error: Error) => void;
	readonly timer: NodeJS.Timeout;
}
