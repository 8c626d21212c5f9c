import { type Color, otherColor } from "../settings/schema";
import { CaddyAdmin } from "./caddy/admin";
import type { Engine } from "./docker/engine";
import { durationText, type Reporter, sleep } from "./report";
import type { DrainInputs, DrainOutputs, DrainRecord } from "./steps";

/** Zeros in a row: while a reload replaces the admin listener, one count can miss a request that is just arriving. */
const ZEROS_IN_A_ROW = 3;
const INTERVAL_MS = 100;
/** A line for a person who waits, this often. */
const PROGRESS_MS = 5_000;

/** Waits until no request is in flight on the color that no longer serves. Never fails: how it ended is the result. */
export async function runDrain(engine: Engine, news: DrainInputs, report: Reporter): Promise<DrainOutputs> {
	const color = otherColor(news.active);
	const admin = new CaddyAdmin(engine, news.proxy, 2_000);
	try {
		const count = async () => {
			const counts = await admin.inFlight();
			return news.upstreams[color].reduce((sum, upstream) => sum + (counts.get(upstream) ?? 0), 0);
		};
		const lastDrain = await drain(color, news.timeoutMs, count, report);
		return { ...news, lastDrain };
	} finally {
		admin.close();
	}
}

/**
 * Polls `count` until it was zero three times in a row, or `timeoutMs` is over. A count that fails is unknown, never zero.
 */
export async function drain(
	color: Color,
	timeoutMs: number,
	count: () => Promise<number>,
	report: Reporter,
): Promise<DrainRecord> {
	const start = performance.now();
	const passed = () => Math.round(performance.now() - start);
	let last: number | undefined;
	let zeros = 0;
	let nextLine = PROGRESS_MS;
	while (timeoutMs > 0) {
		last = await count().catch(() => undefined);
		zeros = last === 0 ? zeros + 1 : 0;
		if (zeros === ZEROS_IN_A_ROW) {
			report.info(`${color} is drained after ${durationText(passed())}`);
			return { color, outcome: "drained", durationMs: passed(), remaining: 0 };
		}
		if (passed() + INTERVAL_MS > timeoutMs) break;
		if (passed() > nextLine) {
			nextLine += PROGRESS_MS;
			report.info(
				`draining ${color}: ${last ?? "unknown how many"} in flight after ${durationText(passed())} of ${durationText(timeoutMs)}`,
			);
		}
		await sleep(INTERVAL_MS);
	}
	return unfinished(color, timeoutMs, passed(), last, report);
}

function unfinished(
	color: Color,
	timeoutMs: number,
	durationMs: number,
	last: number | undefined,
	report: Reporter,
): DrainRecord {
	if (timeoutMs === 0) return { color, outcome: "skipped", durationMs };
	if (last === undefined) {
		report.warn(`the requests in flight on ${color} could not be counted within ${durationText(timeoutMs)}`);
		return { color, outcome: "not-counted", durationMs };
	}
	report.warn(`${last} in flight on ${color} after ${durationText(timeoutMs)}: the drain timed out`);
	return { color, outcome: "timed-out", durationMs, remaining: last };
}
