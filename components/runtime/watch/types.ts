import type { Color } from "../../settings/schema";

/** What passed the proxy for one color in a phase. */
export interface Figures {
	readonly requests: number;
	/** Answers of 500 and above, and requests that got none. */
	readonly errors: number;
	/** Unset: no requests. */
	readonly p50Ms?: number;
	readonly p99Ms?: number;
}

/** A part of a trial that is judged by itself: a step, or the window after the last one. */
export interface Phase {
	/** For people: "25 %". */
	readonly name: string;
	readonly durationMs: number;
}

/** Why a color on trial is not to go on. */
export interface Breach {
	/** Whole lines, for people: which limit, the figures of both colors, sample requests. */
	readonly text: string;
	/** When the first of the bad requests was answered, ms since 1970 by the Docker host's clock; unset where it was no request. */
	readonly firstBadAtMs?: number;
}

/** Looks at what visitors get from both colors while one of them is on trial. */
export interface Watch {
	/** How often `verdict` is to be asked, in ms. */
	readonly everyMs: number;
	/** From now on it is counted anew. */
	begin(phase: Phase): void;
	/** Of the phase so far. */
	figures(): Readonly<Record<Color, Figures>>;
	/** What speaks against going on, by now; undefined: nothing. Never throws: what cannot be asked speaks against nothing. */
	verdict(): Promise<Breach | undefined>;
	/** At the end of a phase: what a person has to know of how much its verdict is worth ("12 of at least 100 requests"). */
	remark(): string | undefined;
	/** Ends what reads along in the proxy's container. */
	close(): void;
}
