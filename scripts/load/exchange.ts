import type { Agent, ClientRequest, IncomingMessage, RequestOptions, request } from "node:http";
import { Readable } from "node:stream";
import type { CheckedOptions, RequestTemplate } from "./options";
import { addressOf, requestOf } from "./transport";

/** How one request ended. `kind` is set when it failed. */
export interface Outcome {
	status: number;
	color: string;
	/** Only when it waited for a free connection: how long, microseconds. */
	waitUs?: number;
	kind?: string;
	detail?: string;
}

/** A template with all that its requests have in common worked out. */
export interface Prepared {
	template: RequestTemplate;
	request: typeof request;
	options: RequestOptions;
	body: Buffer | undefined;
}

/** More of an answer than this is counted but not kept. */
const keptBytes = 1024;
const block = Buffer.alloc(64 * 1024, "abcdefghijklmnop");

export function prepare(template: RequestTemplate, target: CheckedOptions): Prepared {
	const { url, host } = target;
	const body = template.body === undefined ? undefined : Buffer.from(JSON.stringify(template.body));
	const headers: Record<string, string | number> = { host: host ?? new URL(url).host };
	if (body) headers["content-type"] = "application/json";
	if (template.upload) headers["content-type"] = "application/octet-stream";
	const length = template.upload?.bytes ?? body?.length;
	if (length !== undefined) headers["content-length"] = length;
	return {
		template,
		request: requestOf(target),
		body,
		options: { ...addressOf(target), method: template.method, path: template.path, headers },
	};
}

/** One request and the first thing that settles it. */
export class Exchange {
	settled = false;
	private readonly handedOutMs = performance.now();
	private readonly timer: NodeJS.Timeout;
	private waitUs = 0;
	private outgoing?: ClientRequest;
	private answer?: IncomingMessage;

	/**
	 * @param timeoutMs how much of its time is left; waiting for a free connection counts.
	 * @param done called once: at the last byte of the answer, or at the failure.
	 */
	constructor(
		private readonly prepared: Prepared,
		timeoutMs: number,
		private readonly done: (outcome: Outcome) => void,
	) {
		this.timer = setTimeout(() => this.timeOut(), Math.max(1, timeoutMs));
	}

	/** It found no free connection at once, and now has one. */
	waited(): void {
		this.waitUs = Math.round((performance.now() - this.handedOutMs) * 1000);
	}

	/** Sends the request. @returns it, to know when its connection is free again: at `close`. */
	sendOver(agent: Agent): ClientRequest {
		const { template, request, options, body } = this.prepared;
		const outgoing = request({ ...options, agent });
		this.outgoing = outgoing;
		outgoing.on("error", (error: NodeJS.ErrnoException) => {
			this.fail(error.code ?? error.name, error.message);
		});
		// Once an answer has begun, it says itself how it ended, and that only after this event.
		outgoing.on("close", () => {
			if (!this.answer) this.fail("incomplete", "the connection closed without an answer");
		});
		outgoing.on("response", (answer) => this.read(answer));
		if (template.upload) sendBlocks(template.upload.bytes, outgoing);
		else outgoing.end(body);
		return outgoing;
	}

	private read(answer: IncomingMessage): void {
		const { expectBytes, upload } = this.prepared.template;
		this.answer = answer;
		let bytes = 0;
		let text = "";
		if (expectBytes === undefined && !upload) answer.resume();
		else
			answer.on("data", (chunk: Buffer) => {
				bytes += chunk.length;
				if (text.length < keptBytes) text += chunk.toString("utf8", 0, keptBytes);
			});
		answer.on("error", (error) => this.fail("incomplete", `${error.message} in the body`));
		answer.on("end", () => this.check(answer.statusCode ?? 0, bytes, text));
		answer.on("close", () => this.fail("incomplete", "the connection closed in the body"));
	}

	private check(status: number, bytes: number, text: string): void {
		const { expect, expectBytes, upload } = this.prepared.template;
		if (status !== expect) this.fail(String(status), `status ${status}, not ${expect}`);
		else if (expectBytes !== undefined && bytes !== expectBytes)
			this.fail("incomplete", `${bytes} bytes in the answer, not ${expectBytes}`);
		else if (upload && arrived(text) !== upload.bytes)
			this.fail("incomplete", `${upload.bytes} bytes sent, and the answer is: ${text.slice(0, 200)}`);
		else this.settle();
	}

	private timeOut(): void {
		const seen = !this.outgoing
			? "no connection was free"
			: !this.answer
				? "no answer"
				: `the answer began (${this.answer.statusCode}) but did not end`;
		this.fail("timeout", `${seen} in time`);
		this.outgoing?.destroy();
	}

	private fail(kind: string, detail: string): void {
		this.settle({ kind, detail });
	}

	private settle(failure?: { kind: string; detail: string }): void {
		if (this.settled) return;
		this.settled = true;
		clearTimeout(this.timer);
		// Answered before all was sent: a server that reads no further would hold the connection for ever.
		if (this.prepared.template.upload && !this.outgoing?.writableFinished) this.outgoing?.destroy();
		const color = this.answer?.headers["x-color"];
		this.done({
			status: this.answer?.statusCode ?? 0,
			color: typeof color === "string" ? color : "",
			...(this.waitUs > 0 && { waitUs: this.waitUs }),
			...failure,
		});
	}
}

/** Streams a body of so many bytes, no faster than it is taken. */
function sendBlocks(bytes: number, outgoing: ClientRequest): void {
	const source = Readable.from(blocks(bytes), { objectMode: false });
	outgoing.once("close", () => source.destroy());
	source.pipe(outgoing);
}

function* blocks(bytes: number): Generator<Buffer> {
	for (let left = bytes; left > 0; left -= block.length)
		yield left < block.length ? block.subarray(0, left) : block;
}

/** What an upload's answer says has arrived; undefined when it does not say. */
function arrived(answer: string): unknown {
	try {
		return (JSON.parse(answer) as { bytes?: unknown } | null)?.bytes;
	} catch {
		return undefined;
	}
}
