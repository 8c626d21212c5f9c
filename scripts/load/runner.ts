import { type Ended, Lane, lanePlans } from "./lane";
import type { CheckedOptions } from "./options";
import { type RecordEnd, RecordWriter, type Sample } from "./record";
import { Streams } from "./streams";

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
 * Sends the requests, holds the streams, and records how each of them went.
 * @param onSample called for each request once it has ended.
 */
export function runLoad(
	options: CheckedOptions,
	file: string,
	onSample: (sample: Sample) => void,
): RunningLoad {
	const { requests } = options;
	const startedAtMs = Date.now();
	const zero = performance.now();
	const nowMs = () => performance.now() - zero;
	const writer = new RecordWriter(file, {
		startedAtMs,
		ratePerSecond: options.ratePerSecond,
		templates: requests.map((template) => `${template.method} ${template.path}`),
		ownRate: requests.flatMap(({ everyMs }, index) => (everyMs === undefined ? [] : [index])),
	});

	let ended: { by: RecordEnd["by"]; scheduleMs: number } | undefined;
	let finish: () => void;
	const finished = new Promise<void>((resolve) => {
		finish = resolve;
	});

	const closeWhenDone = () => {
		if (!ended || lanes.some((lane) => lane.pending > 0)) return;
		streams.close();
		for (const { connections } of lanes) connections.close();
		const mix = requests.some(({ everyMs }) => everyMs === undefined) ? lanes[0] : undefined;
		writer.close({
			...ended,
			connectionsOpened: mix?.connections.opened ?? 0,
			connectionsReopened: lanes.reduce((sum, lane) => sum + lane.connections.reopened, 0),
		});
		finish();
	};
	const record = ({ outcome, template, dueMs, handedOutMs }: Ended) => {
		const latencyUs = Math.round((nowMs() - dueMs) * 1000);
		const lagUs = Math.round((handedOutMs - dueMs) * 1000);
		const sample: Sample = { startMs: dueMs, latencyUs, lagUs, template, ...outcome };
		writer.sample(sample);
		onSample(sample);
		closeWhenDone();
	};
	const end = (by: RecordEnd["by"]) => {
		if (ended) return;
		for (const lane of lanes) lane.stop();
		ended = { by, scheduleMs: nowMs() };
		closeWhenDone();
	};
	let running = 0;
	const lanes = lanePlans(options).map((plan) => {
		running++;
		return new Lane(options, plan, nowMs, record, () => {
			if (--running === 0) end("maxSeconds");
		});
	});
	const streams = new Streams(options, nowMs, (life) => writer.stream(life));
	for (const lane of lanes) lane.run();

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
