import { messageOf } from "../../../components/runtime/report";
import { type LoadOptions, type LoadReport, startLoad, VISITS } from "../../load";
import type { Host } from "../host";
import type { Way } from "../ways/way";
import { figuresOf, type SwitchFigures, type Tick, timelineOf } from "./figures";
import { medianRun } from "./median";
import { usageOf, watchMemory } from "./usage";

/** What visitors there are, the same for every way. */
export interface BenchLoad {
	readonly ratePerSecond: number;
	/** How long they come before the command. */
	readonly secondsBefore: number;
}

export const DEFAULT_LOAD: BenchLoad = { ratePerSecond: 250, secondsBefore: 8 };
export const CONNECTIONS = 50;
export const SECONDS_AFTER = 8;
const LONGEST_SECONDS = 600;

/** One release, measured. */
export interface ReleaseRun {
	figures: SwitchFigures;
	/** For the plot; in the results only of the run that is drawn. */
	timeline?: Tick[];
	/** The proxy's memory just before the command, and the most of it until the load ended; bytes. */
	memory: { before: number; most: number };
	/** Set when the release did not do what it should: the command failed, or the traffic did not move. */
	problem?: string;
}

/** Leaves the timeline of one run: that with the median of failed requests. */
export function withOneTimeline(runs: readonly ReleaseRun[]): ReleaseRun[] {
	if (runs.length === 0) return [];
	const shown = medianRun(runs, ({ figures }) => figures.failed);
	return runs.map((run) => {
		const { timeline: _, ...rest } = run;
		return run === shown ? run : rest;
	});
}

/** Sends visitors, releases green under their feet, and reports what became of them. Blue serves before. */
export async function measureRelease(
	way: Way,
	url: string,
	host: Host,
	{ ratePerSecond, secondsBefore }: BenchLoad,
	requests: LoadOptions["requests"] = VISITS,
): Promise<ReleaseRun> {
	const load = startLoad({
		url,
		ratePerSecond,
		connections: CONNECTIONS,
		requests,
		maxSeconds: LONGEST_SECONDS,
	});
	try {
		await load.ready;
		await host.pause(secondsBefore * 1000);
		const before = (await usageOf(host.engine, way.proxy)).memoryBytes;
		const memory = watchMemory(host.engine, way.proxy);
		const commandBeganMs = await load.mark("command");
		const failure = await way.switch().then(() => undefined, messageOf);
		const commandEndedMs = await load.mark("command ended");
		await host.pause(SECONDS_AFTER * 1000);
		const most = Math.max(before, await memory.stop());
		const report = await load.stop();
		const moments = { commandBeganMs, commandEndedMs };
		const problem = failure ?? stayed(report);
		return {
			figures: figuresOf(report, moments),
			timeline: timelineOf(report, moments),
			memory: { before, most },
			...(problem !== undefined && { problem }),
		};
	} finally {
		await load.stop();
	}
}

/** Says so when the last answers came from another color than green. */
function stayed({ samples }: LoadReport): string | undefined {
	const answers = samples.filter(({ kind }) => kind === undefined).slice(-100);
	const colors = [...new Set(answers.map(({ color }) => color || "no color"))];
	if (colors.length === 1 && colors[0] === "green") return undefined;
	return `the last answers came from ${colors.join(" and ") || "nobody"}, not all from green`;
}

/** Brings blue back and waits until it alone answers, so that the next release begins like this one. */
export async function goBack(way: Way, url: string, host: Host): Promise<void> {
	await way.back();
	let inARow = 0;
	await host.until(`${way.title} answers with blue again`, 60_000, async () => {
		const answer = await fetch(`${url}/api/products`, { signal: AbortSignal.timeout(2_000) }).catch(
			() => undefined,
		);
		await answer?.arrayBuffer();
		inARow = answer?.ok && answer.headers.get("x-color") === "blue" ? inARow + 1 : 0;
		return inARow >= 10;
	});
}
