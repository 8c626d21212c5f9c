import { streamAddress } from "../../proxy/upstream";
import { COLORS, type Color } from "../../settings/schema";

/** One request that has passed the proxy. */
export interface Passed {
	/** When it was over, ms since 1970 by the Docker host's clock. */
	readonly atMs: number;
	/** Of the replica that answered; of the branch that it was sent to, where none did. */
	readonly color: Color;
	readonly method: string;
	/** Without query. */
	readonly path: string;
	/** 0: none was sent. */
	readonly status: number;
	readonly durationMs: number;
	/** Unset: no replica was asked, or the answer was cut short. */
	readonly upstream?: string;
	/** The color that should have answered, and of which no replica could be reached. */
	readonly lost?: Color;
	/**
	 * answered: in full. aborted: the visitor went away before an answer. cut: it ended within the answer; who ended it is
	 * not to be seen. stream: a WebSocket or event stream, whose duration is its life. lost: not taken by the color at all.
	 */
	readonly kind: "answered" | "aborted" | "cut" | "stream" | "lost";
}

/** Caddy's word for a client that went away. */
const CLIENT_CLOSED = 499;

/** Reads the lines that `proxy/access-log.ts` has Caddy write. Pure. */
export class LineReader {
	private readonly colorOf: ReadonlyMap<string, Color>;
	private readonly streams: ReadonlySet<string>;

	/** @param upstreams As Caddy names them. */
	constructor(upstreams: Readonly<Record<Color, readonly string[]>>) {
		this.colorOf = new Map(
			COLORS.flatMap((color) =>
				upstreams[color].flatMap((one): [string, Color][] => [
					[one, color],
					[streamAddress(one), color],
				]),
			),
		);
		this.streams = new Set(COLORS.flatMap((color) => upstreams[color].map(streamAddress)));
	}

	/** Undefined: a line of something else, which nobody counts. */
	read(line: string): Passed | undefined {
		const fields = parsed(line);
		if (fields === undefined) return undefined;
		const { ts, color: branch, lost, method, path, status, duration, upstream } = fields;
		if (branch !== "blue" && branch !== "green") return undefined;
		if (typeof ts !== "number" || typeof status !== "number" || typeof duration !== "number")
			return undefined;
		const asked = typeof upstream === "string" && upstream !== "" ? upstream : undefined;
		// Of an answer that is cut short Caddy tells neither the upstream nor how long it took.
		const cut = upstream === undefined;
		return {
			atMs: Math.round(ts * 1_000),
			color: (asked === undefined ? undefined : this.colorOf.get(asked)) ?? branch,
			method: String(method),
			path: String(path),
			status,
			durationMs: duration * 1_000,
			...(asked !== undefined && { upstream: asked }),
			...((lost === "blue" || lost === "green") && { lost }),
			kind: this.kindOf(status, asked, cut),
		};
	}

	private kindOf(status: number, upstream: string | undefined, cut: boolean): Passed["kind"] {
		if (cut) return "cut";
		if (status === CLIENT_CLOSED) return "aborted";
		return upstream !== undefined && this.streams.has(upstream) && status < 400 ? "stream" : "answered";
	}
}

function parsed(line: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(line);
		return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
	} catch {
		return undefined;
	}
}
