import { percentText } from "../plan/trial-text";
import type { Trial } from "../proxy/switch-file";
import { type Color, otherColor } from "../settings/schema";
import type { Engine } from "./docker/engine";
import { engineWatch } from "./engine-watch";
import { nextAfter } from "./next";
import { durationText, MovedBackError, messageOf, type Reporter, type StepError, timed } from "./report";
import type { CutoverInputs, CutoverOutputs, TrialRecord } from "./steps";
import type { TrafficSwitch } from "./traffic-switch";
import { hold, newVisit, takeSteps } from "./trial";
import { isOfRecord, restsPaused } from "./trial-rests";
import type { Verification } from "./verification";
import type { Breach, Watch } from "./watch/types";

/** Begins to look at what visitors get; undefined: nothing is to be observed. */
export type OpenWatch = (engine: Engine, news: CutoverInputs, report: Reporter) => Promise<Watch | undefined>;

/** What a trial needs of the cutover that it is a part of. */
export interface TrialContext {
	readonly engine: Engine;
	readonly news: CutoverInputs;
	/** What the state knew; only its record of a pause is believed. */
	readonly olds: Partial<CutoverOutputs>;
	readonly hand: TrafficSwitch;
	readonly verification: Verification;
	readonly report: Reporter;
	readonly openWatch: OpenWatch;
	/** Notes how long a part took. */
	stage<T>(name: string, work: () => Promise<T>): Promise<T>;
	/** @throws StepError where traffic cannot be moved back. */
	moveBack(to: Color, failed: string): Promise<void>;
}

/** The time in which a color is watched and can still go back by itself: its steps, and the window after the last of them. */
export class TrialRun {
	private watch: Watch | undefined;
	private readonly to: Color;
	private readonly release: string;

	/** @param trial What is seen of it: an earlier `up` has begun it. */
	constructor(
		private readonly context: TrialContext,
		private readonly trial: Trial | undefined,
	) {
		this.to = context.news.active;
		this.release = context.verification.release;
	}

	/** The record of a trial that is to stay as it is: paused, or shown to nobody while there is maintenance. */
	get rests(): TrialRecord | undefined {
		const { news, olds } = this.context;
		const { trial, known } = this;
		if (trial === undefined || trial.to !== this.to || news.trial === undefined) return undefined;
		if (known !== undefined && restsPaused(olds, news)) return known;
		if (news.maintenance !== "on") return undefined;
		return known ?? { to: trial.to, share: trial.percent, paused: false };
	}

	/** Begins to look at what visitors get. */
	async open(): Promise<void> {
		const { engine, news, report, openWatch } = this.context;
		this.watch = await openWatch(engine, news, report);
	}

	/** Ends what reads along. */
	close(): void {
		this.watch?.close();
	}

	/**
	 * The steps, where there are some.
	 *
	 * @param from The color that has the rest.
	 * @returns where this `up` ends with a pause; undefined: the color is to get all traffic.
	 * @throws StepError when it was given up, and all traffic is back.
	 */
	async steps(from: Color): Promise<TrialRecord | undefined> {
		const { news, hand, verification, report, stage } = this.context;
		const { to, trial, watch } = this;
		const policy = news.trial;
		// Given up: the other color has all of it at once.
		if (policy === undefined || (trial !== undefined && trial.to !== to)) return undefined;
		const give = (share: Trial) =>
			hand.give(share).catch(async (error: unknown) => {
				throw await this.givenUp(from, { text: messageOf(error) }, `at ${percentText(share.percent)}`);
			});
		const end = await takeSteps(
			{
				to,
				release: this.release,
				give,
				stage,
				verify: (share) => verification.complaintOnTrial(share),
				...(watch && { watch }),
				report,
			},
			policy,
			trial && { ...trial, held: this.known?.paused === true },
		);
		if (end.how === "through") return undefined;
		if (end.how === "failed") throw await this.givenUp(from, end.why, `at ${end.at}`);
		const next = "Next: npm run promote, or npm run abort";
		report.info(`paused at ${percentText(end.percent)}: ${this.release} waits. ${next}`);
		return { to, share: end.percent, paused: true, since: end.since.toISOString() };
	}

	/** All traffic, as something that can still be given up: Caddy tells only of such requests, and of no others. */
	get all(): Trial {
		// Whom a step has bound to the old color belongs to the new one from now on, so the visit is another one.
		return { to: this.to, percent: 100, visit: newVisit() };
	}

	/**
	 * The time at all traffic during which it may still go back by itself.
	 * @throws StepError when it was given up, and all traffic is back.
	 */
	async window(from: Color, windowMs: number): Promise<void> {
		const phase = { name: "all traffic", durationMs: windowMs };
		const { to, watch } = this;
		watch?.begin(phase);
		const breach = await hold({ to, ...(watch && { watch }), report: this.context.report }, phase);
		if (breach !== undefined) throw await this.givenUp(from, breach, "with all traffic");
	}

	/** The trial that an earlier `up` has noted, where it is the one that is seen. */
	private get known(): TrialRecord | undefined {
		const { onTrial } = this.context.olds;
		return onTrial !== undefined && isOfRecord(this.trial, onTrial) ? onTrial : undefined;
	}

	/** Moves all traffic back at once. */
	private async givenUp(from: Color, { text, firstBadAtMs }: Breach, at: string): Promise<StepError> {
		const { engine, moveBack } = this.context;
		const failed = `${this.release} was given up ${at}: ${text}`;
		const { durationMs } = await timed(() => engineWatch.toItsEnd(() => moveBack(from, failed)));
		const sinceMs =
			firstBadAtMs === undefined
				? undefined
				: Date.now() + (await engine.clockOffsetMs().catch(() => 0)) - firstBadAtMs;
		const since =
			sinceMs === undefined ? "" : `, ${durationText(sinceMs)} after the first of the bad requests`;
		return new MovedBackError(
			`${failed}\nAll traffic was moved back to ${from} in ${durationText(durationMs)}${since}; ${from} serves. ${this.to} keeps running for you to look at.\n${nextAfter(this.to)}`,
		);
	}
}

/** The color that had the traffic, or most of it; undefined where none did, or somebody shared it by hand. */
export function servedBefore(
	to: Color,
	before: Color | "shared" | "none",
	trial: Trial | undefined,
	{ activeColor, onTrial }: Partial<CutoverOutputs>,
): Color | undefined {
	const other = otherColor(to);
	if (trial !== undefined) return other;
	const last = before !== to ? before : onTrial?.to === to ? other : activeColor;
	return last === other ? other : undefined;
}
