import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import type { CheckedOptions, RequestTemplate } from "./options";

/** How one request ended. `kind` is set when it failed. */
export interface Outcome {
	status: number;
	color: string;
	kind?: string;
	detail?: string;
}

/**
 * A fixed number of keep-alive connections, used in turn so that all of them stay in use. A request that finds none
 * free waits for the next one. Nothing is ever sent twice: Node's client does not retry, and neither does this.
 */
export class Connections {
	/** Connections opened so far. */
	opened = 0;
	/** One agent for each connection: a shared one would reuse a few warm sockets and leave the rest unopened. */
	private readonly idle: Agent[];
	private readonly seen = new WeakSet<Socket>();
	private readonly waiting: Exchange[] = [];
	private readonly target: URL;

	constructor(private readonly options: CheckedOptions) {
		this.target = new URL(options.url);
		this.idle = Array.from(
			{ length: options.connections },
			() => new Agent({ keepAlive: true, maxSockets: 1 }),
		);
	}

	/**
	 * Sends one request and calls back once: at the last byte of the answer, or at the failure.
	 * @param timeoutMs how much of its time is left; waiting for a free connection counts.
	 */
	send(template: RequestTemplate, timeoutMs: number, done: (outcome: Outcome) => void): void {
		const exchange = new Exchange(template, timeoutMs, done);
		const agent = this.idle.shift();
		if (agent) this.sendOn(agent, exchange);
		else this.waiting.push(exchange);
	}

	close(): void {
		for (const agent of this.idle) agent.destroy();
	}

	private release(agent: Agent): void {
		let next = this.waiting.shift();
		while (next?.settled) next = this.waiting.shift();
		if (next) this.sendOn(agent, next);
		else this.idle.push(agent);
	}

	private sendOn(agent: Agent, exchange: Exchange): void {
		const { template } = exchange;
		const body = template.body === undefined ? undefined : JSON.stringify(template.body);
		const headers: Record<string, string | number> = { host: this.options.host ?? this.target.host };
		if (body !== undefined) {
			headers["content-type"] = "application/json";
			headers["content-length"] = Buffer.byteLength(body);
		}
		const outgoing = request({
			agent,
			host: this.target.hostname.replace(/^\[|\]$/g, ""),
			port: this.target.port || 80,
			method: template.method,
			path: template.path,
			headers,
		});
		// Not `reusedSocket`: Node leaves it false for a request that waited in the agent for its socket.
		outgoing.once("socket", (socket) => {
			if (this.seen.has(socket)) return;
			this.seen.add(socket);
			this.opened++;
		});
		exchange.follow(outgoing);
		outgoing.once("close", () => this.release(agent));
		outgoing.end(body);
	}
}

/** One request and the first thing that settles it. */
class Exchange {
	settled = false;
	private readonly timer: NodeJS.Timeout;
	private outgoing?: ClientRequest;
	private answer?: IncomingMessage;

	constructor(
		readonly template: RequestTemplate,
		timeoutMs: number,
		private readonly done: (outcome: Outcome) => void,
	) {
		this.timer = setTimeout(() => this.timeOut(), Math.max(1, timeoutMs));
	}

	follow(outgoing: ClientRequest): void {
		this.outgoing = outgoing;
		outgoing.on("error", (error: NodeJS.ErrnoException) => {
			this.fail(error.code ?? error.name, error.message);
		});
		outgoing.on("close", () => this.fail("incomplete", "the connection closed without an answer"));
		outgoing.on("response", (answer) => {
			this.answer = answer;
			answer.on("error", (error) => this.fail("incomplete", `${error.message} in the body`));
			answer.on("end", () => {
				const { expect } = this.template;
				if (answer.statusCode === expect) this.settle();
				else this.fail(String(answer.statusCode), `status ${answer.statusCode}, not ${expect}`);
			});
			answer.resume();
		});
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
		const color = this.answer?.headers["x-color"];
		const seen = { status: this.answer?.statusCode ?? 0, color: typeof color === "string" ? color : "" };
		this.done({ ...seen, ...failure });
	}
}
