import { type Color, otherColor } from "../../settings/schema";
import type { Engine } from "../docker/engine";
import { messageOf, type Reporter, StepError } from "../report";
import { Counts, SPANS } from "./counts";
import { chanceOfOneLook, countText, judge, type Tallies } from "./judge";
import { LineReader } from "./line";
import { LogReader } from "./log-reader";
import type { WatchPolicy } from "./policy";
import { probeCheck } from "./probes";
import { prometheusCheck } from "./prometheus";
import { Repeated } from "./repeated";
import type { Tally } from "./tally";
import type { Breach, Figures, Phase, Watch } from "./types";
import { breachText, nameOf, otherBreachText, type Scene } from "./verdict-text";

/** The log is read at least so often, or Caddy might begin a second new file meanwhile. */
const READ_EVERY_MS = 1_000;

/**
 * Begins to look at what passes the proxy, before `to` gets its share.
 *
 * @param proxy Container of the proxy, whose Caddyfile has the access log.
 * @throws StepError where the log cannot be read.
 */
export async function openWatch(
	engine: Engine,
	proxy: string,
	to: Color,
	policy: WatchPolicy,
	report: Reporter,
): Promise<Watch> {
	const log = new LogReader(engine, proxy);
	try {
		await log.toTheEnd();
	} catch (error) {
		log.close();
		throw new StepError(
			`Requests cannot be counted at the proxy, so nothing was moved: ${messageOf(error)}\nNext: docker logs ${proxy}, then: pulumi up`,
		);
	}
	return new ProxyWatch(engine, log, to, policy, report);
}

/** Where the lines come from: the log of the proxy, or of a test. */
export type Lines = Pick<LogReader, "take" | "toTheEnd" | "close">;

export class ProxyWatch implements Watch {
	readonly everyMs: number;
	private readonly reader: LineReader;
	private readonly checks: readonly Repeated[];
	private readonly timer: NodeJS.Timeout | undefined;
	private phase: Phase = { name: "", durationMs: 0 };
	private beganMs = performance.now();
	private counts: Counts;
	/** One after the other: what reads the log. */
	private reading: Promise<void> = Promise.resolve();
	/** Why the log could not be read, and how often, in this phase. */
	private missed: { times: number; reason: string } | undefined;
	/** Whether what the log has by now is not to be counted. */
	private behind = false;

	constructor(
		engine: Engine,
		private readonly log: Lines,
		private readonly to: Color,
		private readonly policy: WatchPolicy,
		report: Reporter,
	) {
		this.everyMs = policy.everyMs;
		this.reader = new LineReader(policy.upstreams);
		this.counts = new Counts(policy.routes, this.beganMs);
		const version = policy.versions[to] ?? "";
		const subject = { engine, color: to, version, ...policy };
		const repeated = ({ what, run }: Pick<Repeated, "what"> & { run: Repeated["run"] }) =>
			new Repeated(what, run, policy.everyMs, (message) => report.warn(message));
		this.checks = [
			...policy.prometheus.map((query) => repeated(prometheusCheck(query, { COLOR: to, VERSION: version }))),
			...policy.probes.map((probe) => repeated(probeCheck(subject, policy.way, probe))),
		];
		if (policy.everyMs > READ_EVERY_MS)
			this.timer = setInterval(() => void this.read(), READ_EVERY_MS).unref();
	}

	begin(phase: Phase): void {
		this.phase = phase;
		this.missed = undefined;
		this.beganMs = performance.now();
		this.counts = new Counts(this.policy.routes, this.beganMs);
		// What has not been read yet passed before.
		this.behind = true;
		for (const check of this.checks) check.begin();
		void this.read();
	}

	figures(): Readonly<Record<Color, Figures>> {
		const { blue, green } = this.counts.all;
		return { blue: figuresOf(blue), green: figuresOf(green) };
	}

	async verdict(): Promise<Breach | undefined> {
		await this.read();
		const breach = this.ofTheCounts() ?? this.ofTheChecks();
		this.counts.looked(performance.now());
		return breach;
	}

	remark(): string | undefined {
		const { limits } = this.policy;
		const remarks = [
			...(limits === undefined ? [] : this.tooFew(limits.minRequests, limits.compareWithOld)),
			...(this.missed === undefined
				? []
				: [`requests could not be counted, ${this.missed.times} times: ${this.missed.reason}`]),
			...this.checks.flatMap((check) => check.remark() ?? []),
		];
		return remarks.length === 0 ? undefined : remarks.join("; ");
	}

	close(): void {
		clearInterval(this.timer);
		for (const check of this.checks) check.stop();
		this.log.close();
	}

	private ofTheCounts(): Breach | undefined {
		const { limits, routes, everyMs } = this.policy;
		if (limits === undefined) return undefined;
		const parts = SPANS * (1 + routes.length);
		const alpha = chanceOfOneLook(this.phase.durationMs, everyMs, parts);
		for (const { route, tallies, sinceMs } of this.counts.parts()) {
			const complaint = judge(tallies, this.to, limits, alpha);
			if (complaint === undefined) continue;
			const scene = { ...this.scene(sinceMs), ...(route !== undefined && { route }) };
			const { firstBadAtMs } = complaint;
			return {
				text: breachText(complaint, tallies, scene),
				...(firstBadAtMs !== undefined && { firstBadAtMs }),
			};
		}
		return undefined;
	}

	private ofTheChecks(): Breach | undefined {
		const over = performance.now() - this.beganMs >= this.phase.durationMs;
		const complaint = this.checks.map((check) => check.complaint(over)).find((one) => one !== undefined);
		if (complaint === undefined) return undefined;
		return { text: otherBreachText(complaint, this.counts.all, this.scene(this.beganMs)) };
	}

	private scene(sinceMs: number): Scene {
		const { to, policy } = this;
		return { spanMs: performance.now() - sinceMs, to, versions: policy.versions };
	}

	private tooFew(wanted: number, compare: boolean): string[] {
		const tallies: Tallies = this.counts.all;
		const colors = [this.to, ...(compare ? [otherColor(this.to)] : [])];
		return colors
			.filter(
				(color) => tallies[color].requests < wanted && (color === this.to || tallies[color].requests > 0),
			)
			.map((color) => {
				const not = color === this.to ? "judged" : "compared with";
				return `${nameOf(color, this.policy.versions)} had ${countText(tallies[color].requests)} requests, and below ${countText(wanted)} (observe.minRequests) it is not ${not}`;
			});
	}

	/** Reads what has passed since the last time; what cannot be read is noted, and begun anew the next time. */
	private read(): Promise<void> {
		const { counts } = this;
		this.reading = this.reading.then(async () => {
			try {
				if (this.behind) {
					await this.log.toTheEnd();
					this.behind = false;
					return;
				}
				for (const line of await this.log.take()) {
					const passed = this.reader.read(line);
					if (passed !== undefined) counts.add(passed);
				}
			} catch (error) {
				this.behind = true;
				this.missed = { times: (this.missed?.times ?? 0) + 1, reason: messageOf(error) };
			}
		});
		return this.reading;
	}
}

function figuresOf(tally: Tally): Figures {
	const [p50Ms, p99Ms] = [tally.quantileMs(0.5), tally.quantileMs(0.99)];
	return {
		requests: tally.requests,
		errors: tally.errors,
		...(p50Ms !== undefined && { p50Ms }),
		...(p99Ms !== undefined && { p99Ms }),
	};
}
