import { randomBytes } from "node:crypto";
import { nextPause, sameShare, stepsLeft, type TrialPolicy, type TrialStep } from "../plan/trial";
import { percentText, timeText } from "../plan/trial-text";
import type { Trial } from "../proxy/switch-file";
import type { Color } from "../settings/schema";
import { figuresText, leftText } from "./figures-text";
import { type Reporter, sleep } from "./report";
import type { Breach, Phase, Watch } from "./watch/types";

/** Where a trial is carried out. */
export interface TrialGround {
	readonly to: Color;
	/** For people: "green 2.0.0". */
	readonly release: string;
	/** Gives the color its share. */
	give(trial: Trial): Promise<void>;
	/** Asks through the public side as a visitor of the new color; undefined: all is well. */
	verify(trial: Trial): Promise<string | undefined>;
	/** Notes how long a step took. */
	stage<T>(name: string, work: () => Promise<T>): Promise<T>;
	/** Unset: nothing is observed. */
	readonly watch?: Watch;
	readonly report: Reporter;
}

/** How the steps ended. */
export type TrialEnd =
	| { readonly how: "through" }
	| { readonly how: "paused"; readonly percent: number; readonly since: Date }
	/** It is not to go on; the color still has its share. */
	| { readonly how: "failed"; readonly at: string; readonly why: Breach };

/** The share that a color has when the steps begin. */
export interface TrialStart extends Trial {
	/** The step of this share has been held already, and its pause is over. */
	readonly held: boolean;
}

/**
 * Takes a color through its steps: gives it the share, looks at what visitors get for as long as the step is held, and goes
 * on. An `up` that is killed on the way leaves the share as it was.
 *
 * @param start Where an earlier `up` has left it; unset: the color has no share yet.
 */
export async function takeSteps(
	ground: TrialGround,
	policy: TrialPolicy,
	start: TrialStart | undefined,
): Promise<TrialEnd> {
	const { to, release, report } = ground;
	const left = stepsLeft(policy.steps, start?.percent);
	const isHeld = (step: TrialStep) => start?.held === true && sameShare(step.percent, start.percent);
	const todo = left.filter((step) => !isHeld(step));
	const pause = nextPause(policy, start?.percent);
	const visit = start?.visit ?? newVisit();
	if (start !== undefined) report.info(`the trial of ${release} goes on at ${percentText(start.percent)}`);
	for (const [index, step] of todo.entries()) {
		const trial: Trial = { to, percent: step.percent, visit };
		const since = new Date();
		const name = percentText(step.percent);
		const why = await ground.stage(name, () => takeStep(ground, trial, step.holdMs, index === 0));
		if (why !== undefined) return { how: "failed", at: name, why };
		if (step === pause) return { how: "paused", percent: step.percent, since };
	}
	return { how: "through" };
}

/** @returns why it is not to go on. */
async function takeStep(
	ground: TrialGround,
	trial: Trial,
	holdMs: number,
	isFirst: boolean,
): Promise<Breach | undefined> {
	const { release, report, watch } = ground;
	const phase = { name: percentText(trial.percent), durationMs: holdMs };
	await ground.give(trial);
	report.info(`traffic: ${phase.name} to ${release}${holdMs > 0 ? `, for ${timeText(holdMs)}` : ""}`);
	watch?.begin(phase);
	// The first visitors come now: what is quite wrong is seen by asking once more than by counting.
	const complaint = isFirst ? await ground.verify(trial) : undefined;
	return complaint === undefined ? hold(ground, phase) : { text: complaint };
}

/** A line that stays, this often at most; a long phase has no more of them than a short one. */
const LINE_MS = 10_000;
const LINES = 30;
/** How often the verdict is asked, and the line of the moment is renewed, where nothing is observed. */
const EVERY_MS = 1_000;

/** Looks on until the phase is over. @returns why it is not to go on, as soon as something speaks against it. */
export async function hold(
	{ to, watch, report }: Pick<TrialGround, "to" | "watch" | "report">,
	phase: Phase,
): Promise<Breach | undefined> {
	const start = performance.now();
	const line = (leftMs: number) => {
		const figures = watch === undefined ? "" : `: ${figuresText(to, watch.figures())}`;
		return `${phase.name} ${leftText(leftMs)}${figures}`;
	};
	const lineEveryMs = Math.max(LINE_MS, phase.durationMs / LINES);
	let nextLine = lineEveryMs;
	for (;;) {
		const breach = await watch?.verdict();
		if (breach !== undefined) return breach;
		const passed = performance.now() - start;
		const leftMs = phase.durationMs - passed;
		if (leftMs <= 0) break;
		report.status?.(line(leftMs));
		if (passed >= nextLine) {
			report.info(line(leftMs));
			nextLine += lineEveryMs;
		}
		await sleep(Math.min(watch?.everyMs ?? EVERY_MS, leftMs));
	}
	if (phase.durationMs > 0 && watch !== undefined) report.info(line(0));
	const remark = watch?.remark();
	if (remark !== undefined) report.warn(`${phase.name}: ${remark}`);
	return undefined;
}

/** Letters and digits that nobody guesses: a half for the visitors of each color; see `proxy/share.ts`. */
export function newVisit(): string {
	return randomBytes(16).toString("hex");
}
