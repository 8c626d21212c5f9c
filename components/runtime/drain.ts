import { type Color, otherColor } from "../settings/schema";
import { CaddyAdmin } from "./caddy/admin";
import { closeStreams } from "./close-streams";
import type { Engine } from "./docker/engine";
import { countInFlight, type InFlightByReplica, inFlightText, total } from "./in-flight";
import { durationText, messageOf, type Reporter, sleep } from "./report";
import type { DrainInputs, DrainOutputs, DrainPolicy, DrainRecord, InFlight } from "./steps";

/** Zeros in a row: while a reload replaces the admin listener, one count can miss a request that is just arriving. */
const ZEROS_IN_A_ROW = 3;
/** Failed counts in a row after which `auto` gives up counting: one second's worth, many times what a reload takes. */
const FAILURES_IN_A_ROW = 10;
const INTERVAL_MS = 100;
/** A line for a person who waits, this often. */
const PROGRESS_MS = 5_000;

/** One color serves, and the other one is to be drained. */
export type DrainOfOther = Omit<DrainInputs, "active"> & { readonly active: Color };

/** Waits until nothing is in flight on the color that no longer serves. Never fails: how it ended is the result. */
export async function runDrain(engine: Engine, news: DrainOfOther, report: Reporter): Promise<DrainOutputs> {
	const color = otherColor(news.active);
	const admin = new CaddyAdmin(engine, news.proxy, 2_000);
	try {
		let replicas: InFlightByReplica = new Map();
		const count = async () => {
			replicas = await countInFlight(admin, news.upstreams[color]);
			return total(replicas);
		};
		const record = await drain(color, news.policy, count, report);
		if (record.outcome !== "timed-out" || (record.remaining?.streams ?? 0) === 0)
			return { ...news, lastDrain: record };
		// Where the color is removed, its containers get SIGTERM and their grace from that.
		if (news.standby === "removed") return { ...news, lastDrain: record };
		const streamsClosed = await closeStreams(engine, color, replicas, report);
		return { ...news, lastDrain: { ...record, streamsClosed } };
	} finally {
		admin.close();
	}
}

/**
 * Polls `count` until it was zero three times in a row, or `timeoutMs` is over; or waits `delayMs`, as `policy.mode` says.
 * A count that fails is unknown, never zero.
 */
export async function drain(
	color: Color,
	policy: DrainPolicy,
	count: () => Promise<InFlight>,
	report: Reporter,
): Promise<DrainRecord> {
	const start = performance.now();
	const passedMs = () => Math.round(performance.now() - start);
	if (policy.mode === "delay") return waited(color, policy.delayMs, passedMs);
	const { timeoutMs } = policy;
	if (timeoutMs === 0) return { color, outcome: "skipped", durationMs: 0 };
	let last: InFlight | undefined;
	let reason = "";
	let zeros = 0;
	let failures = 0;
	let nextLine = PROGRESS_MS;
	for (;;) {
		last = await count().catch((error: unknown) => {
			reason = messageOf(error);
			return undefined;
		});
		failures = last === undefined ? failures + 1 : 0;
		zeros = last?.requests === 0 && last.streams === 0 ? zeros + 1 : 0;
		if (zeros === ZEROS_IN_A_ROW) {
			report.info(`${color} is drained after ${durationText(passedMs())}`);
			return { color, outcome: "drained", durationMs: passedMs(), remaining: last as InFlight };
		}
		if (policy.mode === "auto" && failures === FAILURES_IN_A_ROW) {
			report.warn(
				`what is in flight on ${color} cannot be counted (${reason}): waiting ${durationText(policy.delayMs)} instead`,
			);
			return waited(color, policy.delayMs, passedMs);
		}
		if (passedMs() + INTERVAL_MS > timeoutMs) break;
		if (passedMs() > nextLine) {
			nextLine += PROGRESS_MS;
			const seen = last === undefined ? "unknown how much" : inFlightText(last);
			report.info(
				`draining ${color}: ${seen} in flight after ${durationText(passedMs())} of ${durationText(timeoutMs)}`,
			);
		}
		await sleep(INTERVAL_MS);
	}
	if (last === undefined) {
		report.warn(
			`what is in flight on ${color} could not be counted within ${durationText(timeoutMs)}: ${reason}`,
		);
		return { color, outcome: "not-counted", durationMs: passedMs() };
	}
	report.warn(
		`the drain of ${color} timed out after ${durationText(timeoutMs)} with ${inFlightText(last)} in flight`,
	);
	return { color, outcome: "timed-out", durationMs: passedMs(), remaining: last };
}

/** The fixed time, counted from the beginning of the drain. */
async function waited(color: Color, delayMs: number, passedMs: () => number): Promise<DrainRecord> {
	if (delayMs === 0) return { color, outcome: "skipped", durationMs: passedMs() };
	await sleep(Math.max(0, delayMs - passedMs()));
	return { color, outcome: "waited", durationMs: passedMs() };
}
