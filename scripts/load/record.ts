import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import type { StreamLife } from "./streams";

/** One request, as it went. */
export interface Sample {
	/** When it was due, milliseconds since the load began. */
	startMs: number;
	/** From when it was *due* (not sent) to its last byte or its failure, microseconds. */
	latencyUs: number;
	/** How late the client itself was in handing it out, microseconds; part of the latency. */
	lagUs: number;
	/** Only when it then had to wait for a free connection: how long, microseconds; part of the latency. */
	waitUs?: number;
	/** Index into the request templates. */
	template: number;
	/** Only for a template with a rate of its own (`everyMs`). */
	ownRate?: true;
	/** HTTP status, 0 without an answer. */
	status: number;
	/** The answer's X-Color header, "" without one. */
	color: string;
	/** Only when it failed: an error code (ECONNRESET), an unexpected status (502), `timeout` or `incomplete`. */
	kind?: string;
	/** Only when it failed: what the client saw. */
	detail?: string;
}

export interface Mark {
	name: string;
	/** Milliseconds since the load began. */
	atMs: number;
}

export interface RecordHeader {
	/** Wall clock at which the load began, milliseconds since 1970. */
	startedAtMs: number;
	ratePerSecond: number;
	/** The templates as text, such as `GET /`. */
	templates: string[];
	/** Indices of the templates with a rate of their own; default none. */
	ownRate?: number[];
}

export interface RecordEnd {
	/** Why the load ended. */
	by: "stop" | "maxSeconds" | "caller gone";
	/** Milliseconds since the load began; requests were due until here. */
	scheduleMs: number;
	/** Connections opened for the mix over the whole run; more than asked for means that some were lost. */
	connectionsOpened: number;
	/** Connections, those of templates with a rate of their own too, that were lost and opened anew. */
	connectionsReopened: number;
}

export interface LoadRecord {
	header: RecordHeader;
	samples: Sample[];
	marks: Mark[];
	streams: StreamLife[];
	/** Missing when the load process died. */
	end?: RecordEnd;
}

const flushEveryMs = 200;

/** Writes a record as it happens: one JSON value a line, at most 200 ms behind, so a crash loses next to nothing. */
export class RecordWriter {
	private readonly file: number;
	private readonly timer: NodeJS.Timeout;
	private lines: string[] = [];

	constructor(path: string, header: RecordHeader) {
		this.file = openSync(path, "w");
		this.add({ header });
		this.flush();
		this.timer = setInterval(() => this.flush(), flushEveryMs);
	}

	sample(sample: Sample): void {
		const { startMs, latencyUs, lagUs, waitUs, template, status, color, kind, detail } = sample;
		const row = [Math.round(startMs * 1000) / 1000, latencyUs, lagUs, waitUs ?? 0, template, status, color];
		this.add(kind === undefined ? row : [...row, kind, detail ?? ""]);
	}

	mark(mark: Mark): void {
		this.add({ mark });
	}

	stream(stream: StreamLife): void {
		this.add({ stream });
	}

	close(end: RecordEnd): void {
		clearInterval(this.timer);
		this.add({ end });
		this.flush();
		closeSync(this.file);
	}

	private add(value: unknown): void {
		this.lines.push(`${JSON.stringify(value)}\n`);
	}

	private flush(): void {
		if (this.lines.length === 0) return;
		writeSync(this.file, this.lines.join(""));
		this.lines = [];
	}
}

type Row = [number, number, number, number, number, number, string, string?, string?];
type Line = Row | { header: RecordHeader } | { mark: Mark } | { stream: StreamLife } | { end: RecordEnd };

/**
 * Reads a record back, also one that a killed process left behind: a last line cut short is ignored.
 * @throws Error when the file is missing or does not begin with a header.
 */
export function readRecord(path: string): LoadRecord {
	const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
	const [first, ...rest] = lines.map((line) => JSON.parse(line) as Line);
	if (first === undefined || !("header" in first)) throw new Error(`${path} is not the record of a load`);
	const record: LoadRecord = { header: first.header, samples: [], marks: [], streams: [] };
	const ownRate = new Set(first.header.ownRate);
	for (const line of rest) {
		if (Array.isArray(line)) record.samples.push(toSample(line, ownRate));
		else if ("mark" in line) record.marks.push(line.mark);
		else if ("stream" in line) record.streams.push(line.stream);
		else if ("end" in line) record.end = line.end;
	}
	return record;
}

function toSample(row: Row, ownRate: Set<number>): Sample {
	const [startMs, latencyUs, lagUs, waitUs, template, status, color, kind, detail] = row;
	return {
		startMs,
		latencyUs,
		lagUs,
		...(waitUs > 0 && { waitUs }),
		template,
		...(ownRate.has(template) && { ownRate: true as const }),
		status,
		color,
		...(kind !== undefined && { kind, detail: detail ?? "" }),
	};
}
