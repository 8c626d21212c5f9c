import { FrameReader } from "../docker/frames";

/** One line that a container has printed. */
export interface LogLine {
	readonly container: string;
	/** As Docker writes it: ISO 8601 with nine digits of the second, UTC, so that times sort as texts. */
	readonly time: string;
	readonly text: string;
}

const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z) ?/;

/**
 * Takes the lines out of what Docker sends of one container's log, asked for with times. Docker cuts a line of more than
 * 16 KiB in parts, each in a frame of its own with a time of its own.
 */
export class LogReader {
	private readonly frames = new FrameReader();
	private unfinished: { time: string; parts: string[] } | undefined;

	constructor(private readonly container: string) {}

	/** @returns the lines that end in this chunk. */
	push(chunk: Buffer): LogLine[] {
		return this.frames.push(chunk).flatMap((content) => this.take(content.toString("utf8")));
	}

	/** What was printed last, where no end of line has followed. */
	end(): LogLine[] {
		const last = this.unfinished;
		this.unfinished = undefined;
		return last === undefined ? [] : [this.line(last.time, last.parts)];
	}

	private take(frame: string): LogLine[] {
		const [, time = ""] = STAMP.exec(frame) ?? [];
		const text = frame.replace(STAMP, "");
		const begun = this.unfinished ?? { time, parts: [] };
		begun.parts.push(text);
		this.unfinished = begun;
		if (!text.endsWith("\n")) return [];
		this.unfinished = undefined;
		return [this.line(begun.time, begun.parts)];
	}

	private line(time: string, parts: readonly string[]): LogLine {
		return { container: this.container, time, text: parts.join("").replace(/\r?\n$/, "") };
	}
}

/** By time; what has the same time stays in order. */
export function byTime(lines: readonly LogLine[]): LogLine[] {
	return [...lines].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}
