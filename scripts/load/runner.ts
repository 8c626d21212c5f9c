import { Connections } from "./connections";
import { type CheckedOptions, mixOrder } from "./options";
import { type RecordEnd, RecordWriter, type Sample } from "./record";

/** A load that runs in this very process. */
export interface RunningLoad {
	/** Stops handing out requests; those already due are still finished. */
	stop(by: RecordEnd["by"]): void;
	/** Puts a named time into the record. @returns milliseconds since the load began. */
	mark(name: string, atEpochMs: number): number;
	/** Resolves when the last request has ended and the record is closed. */
	finished: Promise<void>;
}

/**
 * Hands out requests at their due times, whatever became of those before (open loop), and records how each went.
 * @param onSample called for each request once it has ended.
 */
export function runLoad(
	options: CheckedOptions,
	file: string,
	onSample: (sample: Sample) => void,
): RunningLoad {
	const connections = new Connections(options);
	const order = mixOrder(options.requests.map((template) => template.weight));
	const periodMs = 1000 / options.ratePerSecond;
	const limit = Math.max(1, Math.floor(options.maxSeconds * options.ratePerSecond));
	const startedAtMs = Date.now();
	const zero = performance.now();
	const writer = new RecordWriter(file, {
		startedAtMs,
		ratePerSecond: options.ratePerSecond,
		templates: options.requests.map((template) => `${template.method} ${template.path}`),
	});

	let next = 0;
	let pending = 0;
	let ended: { by: RecordEnd["by"]; scheduleMs: number } | undefined;
	let timer: NodeJS.Timeout | undefined;
	let finish: () => void;
	const finished = new Promise<void>((resolve) => {
		finish = resolve;
	});

	const closeWhenDone = () => {
		if (!ended || pending > 0) return;
		connections.close();
		writer.close({ ...ended, connectionsOpened: connections.opened });
		finish();
	};
	const handOut = (index: number, dueMs: number, nowMs: number) => {
		const templateIndex = order[index % order.length] ?? 0;
		const template = options.requests[templateIndex];
		if (!template) throw new Error(`no request template ${templateIndex}`);
		pending++;
		connections.send(template, options.timeoutMs - (nowMs - dueMs), (outcome) => {
			const latencyUs = Math.round((performance.now() - zero - dueMs) * 1000);
			const lagUs = Math.round((nowMs - dueMs) * 1000);
			const sample: Sample = { startMs: dueMs, latencyUs, lagUs, template: templateIndex, ...outcome };
			writer.sample(sample);
			onSample(sample);
			pending--;
			closeWhenDone();
		});
	};
	const tick = () => {
		const nowMs = performance.now() - zero;
		for (; next < limit && next * periodMs <= nowMs; next++) handOut(next, next * periodMs, nowMs);
		if (next < limit) timer = setTimeout(tick, next * periodMs - nowMs);
		else end("maxSeconds");
	};
	const end = (by: RecordEnd["by"]) => {
		if (ended) return;
		clearTimeout(timer);
		ended = { by, scheduleMs: performance.now() - zero };
		closeWhenDone();
	};

	tick();
	return {
		stop: end,
		mark: (name, atEpochMs) => {
			const atMs = atEpochMs - startedAtMs;
			if (!ended) writer.mark({ name, atMs });
			return atMs;
		},
		finished,
	};
}
