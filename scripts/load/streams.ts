import { WebSocket } from "ws";
import type { CheckedOptions } from "./options";
import { addressOf, requestOf } from "./transport";

export type StreamKind = "webSocket" | "eventStream";

/** One stream from its opening to its end. */
export interface StreamLife {
	kind: StreamKind;
	/** From the header X-Color, else from the first message that names one (`"color": "blue"`); "" when none did. */
	color: string;
	/** When it was open, or, if it never was, when it was asked for. Milliseconds since the load began. */
	openedAtMs: number;
	/** Milliseconds since the load began; missing when it was open until the load ended. */
	endedAtMs?: number;
	/**
	 * `clean`: a WebSocket closed with 1000 or 1001, an event stream whose response was complete. `broken`: any other
	 * end, or it could not be opened. `open`: it was still open when the load ended.
	 */
	how: "open" | "clean" | "broken";
	/** A WebSocket's close code; 1006 when it ended without one. */
	code?: number;
	/** Only when broken: what the client saw. */
	detail?: string;
}

type Ending = Pick<StreamLife, "how" | "code" | "detail">;

/** What the two kinds tell of themselves. */
interface Listener {
	opened(): void;
	/** A header or a message in which the color may be named. */
	saw(header: string | string[] | undefined, message?: string): void;
	ended(ending: Ending): void;
}

const reconnectAfterMs = 100;
const cleanCodes = [1000, 1001];

/** Holds as many streams open as the options say, and tells of each life once it is over. */
export class Streams {
	private readonly held = new Map<StreamLife, () => void>();
	private readonly timers = new Set<NodeJS.Timeout>();

	/** @param nowMs milliseconds since the load began. */
	constructor(
		private readonly options: CheckedOptions,
		private readonly nowMs: () => number,
		private readonly onEnd: (life: StreamLife) => void,
	) {
		for (let n = 0; n < options.streams.webSockets; n++) this.hold("webSocket");
		for (let n = 0; n < options.streams.eventStreams; n++) this.hold("eventStream");
	}

	/** Tells of those that are still open, and leaves them. */
	close(): void {
		for (const timer of this.timers) clearTimeout(timer);
		for (const [life, leave] of this.held) {
			this.held.delete(life);
			this.onEnd(life);
			leave();
		}
	}

	private hold(kind: StreamKind): void {
		const life: StreamLife = { kind, color: "", openedAtMs: this.nowMs(), how: "open" };
		const open = kind === "webSocket" ? openWebSocket : openEventStream;
		const leave = open(this.options, {
			opened: () => {
				life.openedAtMs = this.nowMs();
			},
			saw: (header, message) => {
				life.color ||= typeof header === "string" ? header : (colorIn(message) ?? "");
			},
			ended: (ending) => {
				// Left by close(), or told already: a failure may show as more than one event.
				if (!this.held.delete(life)) return;
				this.onEnd({ ...life, endedAtMs: this.nowMs(), ...ending });
				if (this.options.streams.reconnect) this.holdLater(kind);
			},
		});
		this.held.set(life, leave);
	}

	private holdLater(kind: StreamKind): void {
		const timer = setTimeout(() => {
			this.timers.delete(timer);
			this.hold(kind);
		}, reconnectAfterMs);
		this.timers.add(timer);
	}
}

function openWebSocket(options: CheckedOptions, listener: Listener): () => void {
	const { host } = options;
	const url = new URL(options.streams.webSocketPath, options.url.replace(/^http/, "ws"));
	const { ca, servername } = addressOf(options);
	const socket = new WebSocket(url, {
		handshakeTimeout: options.timeoutMs,
		...(ca !== undefined && { ca }),
		...(servername !== undefined && { servername }),
		...(host !== undefined && { headers: { host } }),
	});
	let problem = "";
	socket.on("upgrade", (answer) => listener.saw(answer.headers["x-color"]));
	socket.on("open", () => listener.opened());
	socket.on("message", (data) => listener.saw(undefined, String(data)));
	socket.on("error", (error) => {
		problem = error.message;
	});
	socket.on("close", (code, reason) => {
		if (cleanCodes.includes(code)) return listener.ended({ how: "clean", code });
		listener.ended({
			how: "broken",
			code,
			detail: problem || String(reason) || "closed without a close frame",
		});
	});
	return () => socket.terminate();
}

function openEventStream(options: CheckedOptions, listener: Listener): () => void {
	const { url, host, timeoutMs } = options;
	const outgoing = requestOf(options)({
		...addressOf(options),
		agent: false,
		path: options.streams.eventStreamPath,
		headers: { accept: "text/event-stream", host: host ?? new URL(url).host },
	});
	let answered = false;
	const broken = (detail: string) => {
		clearTimeout(timer);
		listener.ended({ how: "broken", detail });
	};
	const timer = setTimeout(() => {
		broken(`no answer within ${timeoutMs} ms`);
		outgoing.destroy();
	}, timeoutMs);
	outgoing.on("error", (error) => broken(error.message));
	// Once an answer has begun, it says itself how it ended, and that only after this event.
	outgoing.on("close", () => {
		if (!answered) broken("the connection closed without an answer");
	});
	outgoing.on("response", (answer) => {
		answered = true;
		clearTimeout(timer);
		if (answer.statusCode !== 200) {
			broken(`status ${answer.statusCode}, not 200`);
			outgoing.destroy();
			return;
		}
		listener.opened();
		listener.saw(answer.headers["x-color"]);
		answer.on("data", (chunk) => listener.saw(undefined, String(chunk)));
		answer.on("error", (error) => broken(`${error.message} in the stream`));
		answer.on("end", () => listener.ended({ how: "clean" }));
		answer.on("close", () => broken("the connection closed in the stream"));
	});
	outgoing.end();
	return () => outgoing.destroy();
}

function colorIn(message: string | undefined): string | undefined {
	return message === undefined ? undefined : /"color"\s*:\s*"([^"]+)"/.exec(message)?.[1];
}
