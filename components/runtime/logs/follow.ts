import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { Engine } from "../docker/engine";
import { byTime, type LogLine, LogReader } from "./lines";

/** A container whose log is read. */
export interface Logged {
	readonly id: string;
	readonly name: string;
}

export interface LogRange {
	/** Seconds since 1970, by the Docker host's clock; unset: from the beginning. */
	readonly sinceS?: number;
	/** So many lines of each container, the last; unset: all. */
	readonly tail?: number;
}

/** How often it is looked for containers that have come, or run again. */
const LOOK_AGAIN_MS = 1_000;
/** Lines of several containers are put in order within this time. */
const ORDERING_MS = 200;

/** What these containers have printed, by time. @throws Error where Docker does not answer; one that is gone has no log. */
export async function readLogs(
	engine: Engine,
	containers: readonly Logged[],
	{ sinceS, tail }: LogRange,
): Promise<LogLine[]> {
	const of = async ({ id, name }: Logged) => {
		const options = {
			...EVERYTHING,
			...(sinceS !== undefined && { since: sinceS }),
			...(tail !== undefined && { tail }),
		};
		const raw = await unlessGone(() => engine.api.getContainer(id).logs({ ...options, follow: false }));
		const reader = new LogReader(name);
		return raw === undefined ? [] : [...reader.push(raw as unknown as Buffer), ...reader.end()];
	};
	return byTime((await Promise.all(containers.map(of))).flat());
}

/**
 * What they print from now on, after what they have printed before; those that come later, and those that are started again, too.
 *
 * @param containers Asks which there are; asked every second.
 * @param print Is given lines in the order of their times, as far as these come within 200 ms of each other.
 * @returns when `signal` is aborted.
 */
export async function followLogs(
	engine: Engine,
	containers: () => Promise<readonly Logged[]>,
	range: LogRange,
	print: (lines: readonly LogLine[]) => void,
	signal: AbortSignal,
): Promise<void> {
	const first = await containers();
	const startMs = Date.now() + (await engine.clockOffsetMs());
	const before = await readLogs(engine, first, range);
	print(before);
	// One of which nothing was read has printed nothing, or nothing that is wanted.
	const last = new Map(first.map(({ id }) => [id, timeOf(startMs)]));
	for (const { id, name } of first) {
		const time = before.findLast((line) => line.container === name)?.time;
		if (time !== undefined) last.set(id, time);
	}
	let waiting: LogLine[] = [];
	const ordering = setInterval(() => {
		if (waiting.length > 0) print(byTime(waiting));
		waiting = [];
	}, ORDERING_MS);
	const followed = new Set<string>();
	try {
		while (!signal.aborted) {
			for (const one of await containers().catch(() => [])) {
				if (followed.has(one.id)) continue;
				followed.add(one.id);
				const take = (lines: readonly LogLine[]) => {
					const since = last.get(one.id) ?? "";
					// Docker begins with what has just this time.
					const fresh = lines.filter(({ time }) => time > since);
					const newest = fresh.at(-1)?.time;
					if (newest !== undefined) last.set(one.id, newest);
					waiting.push(...fresh);
				};
				// It ends with its container, which may be started again.
				void follow(engine, one, last.get(one.id), take, signal).finally(() => followed.delete(one.id));
			}
			await pause(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
		}
	} finally {
		clearInterval(ordering);
		print(byTime(waiting));
	}
}

const EVERYTHING = { stdout: true, stderr: true, timestamps: true } as const;

/** Never rejects: where the log breaks off, it is begun again. */
async function follow(
	engine: Engine,
	{ id, name }: Logged,
	since: string | undefined,
	take: (lines: readonly LogLine[]) => void,
	signal: AbortSignal,
): Promise<void> {
	const from = since ? { since: secondsOf(since) } : {};
	const options = { ...EVERYTHING, ...from, follow: true as const, abortSignal: signal };
	const stream = (await engine.api
		.getContainer(id)
		.logs(options)
		.catch(() => undefined)) as Readable | undefined;
	if (stream === undefined) return;
	const reader = new LogReader(name);
	await new Promise<void>((resolve) => {
		stream.on("data", (chunk: Buffer) => take(reader.push(chunk)));
		stream.on("error", () => resolve());
		stream.on("close", () => resolve());
		stream.on("end", () => {
			take(reader.end());
			resolve();
		});
	});
}

async function unlessGone<T>(ask: () => Promise<T>): Promise<T | undefined> {
	try {
		return await ask();
	} catch (error) {
		if ((error as { statusCode?: number }).statusCode === 404) return undefined;
		throw error;
	}
}

/** To the second below: what was printed earlier within it is left out by its time. */
function secondsOf(time: string): number {
	return Math.floor(Date.parse(time) / 1_000);
}

/** As Docker writes it. */
function timeOf(ms: number): string {
	return new Date(ms).toISOString().replace("Z", "000000Z");
}
