import { type Color, otherColor, type ReleaseSettings } from "../settings/schema";
import type { Deployed, Release } from "./types";

/** One step of a gradual release. */
export interface TrialStep {
	/** Share of the new color, 0 to below 100. */
	readonly percent: number;
	readonly holdMs: number;
	/** The `up` ends here unless the pause has been passed. */
	readonly pause: boolean;
}

/** How a color comes to all traffic step by step. */
export interface TrialPolicy {
	readonly steps: readonly TrialStep[];
	/** Pauses up to this share are passed; unset: none. */
	readonly passedTo?: number;
}

/** A release that has had all traffic, and is well. */
export interface Served {
	readonly version: string;
	readonly revision?: string;
	/** When it had all traffic for the first time, ISO 8601, UTC. */
	readonly since: string;
}

/** The last release of each color that has had all traffic. */
export type ServedReleases = Readonly<Partial<Record<Color, Served>>>;

/** What stands on the host beside the switch file: what each color was released with, and which of it has served. */
export interface ReleasesRecord extends Readonly<Partial<Record<Color, Release>>> {
	readonly served?: ServedReleases;
}

/** A share is kept in the switch file to the nearest of 65,536 parts, and read back to two digits. */
const SAME_SHARE = 0.02;

export function sameShare(a: number, b: number): boolean {
	return Math.abs(a - b) < SAME_SHARE;
}

/**
 * The steps that are left.
 *
 * @param at Share that the new color has by now, where a trial was interrupted or paused: that step is held anew. Unset: it
 *   has none yet.
 */
export function stepsLeft(steps: readonly TrialStep[], at: number | undefined): TrialStep[] {
	return steps.filter(({ percent }) => at === undefined || percent > at || sameShare(percent, at));
}

/** The pause that the `up` ends with; undefined: it goes through to all traffic. */
export function nextPause({ steps, passedTo }: TrialPolicy, at: number | undefined): TrialStep | undefined {
	return stepsLeft(steps, at).find((step) => step.pause && !isPassed(step, passedTo));
}

function isPassed({ percent }: TrialStep, passedTo: number | undefined): boolean {
	return passedTo !== undefined && (percent <= passedTo || sameShare(percent, passedTo));
}

/** What `promoted` names: "2.0.0", or with its revision "2.0.0+3". */
export function releaseName({ version, revision }: Pick<Release, "version" | "revision">): string {
	return revision === undefined ? version : `${version}+${revision}`;
}

/** Share up to which this release may go past its pauses. */
function passedShare(promoted: string | undefined, release: Release): number | undefined {
	const at = promoted?.lastIndexOf("@") ?? -1;
	if (promoted === undefined || promoted.slice(0, at) !== releaseName(release)) return undefined;
	return Number(promoted.slice(at + 1));
}

/**
 * Whether `release` is one that visitors are to be led to carefully: it has not had all traffic yet, or had it after the one
 * that serves now. The other way is the way back, which is to be quick; so is the very first release.
 */
export function isForward(deployed: Deployed, active: Color, release: Release): boolean {
	const { serving, trial, served = {} } = deployed;
	if (trial !== undefined && trial.to !== active) return false;
	const from = serving ?? trial?.to;
	if (from === undefined) return false;
	const before = served[active];
	if (before === undefined || before.version !== release.version || before.revision !== release.revision)
		return true;
	const now = served[otherColor(active)];
	return serving !== active && (now === undefined || before.since > now.since);
}

/** What the settings say of a release that is led in step by step; undefined: all traffic moves at once. */
export function trialPolicy(
	{ strategy }: ReleaseSettings,
	deployed: Deployed,
	active: Color,
	release: Release,
): TrialPolicy | undefined {
	if (strategy.steps.length === 0 || deployed.serving === active) return undefined;
	if (!isForward(deployed, active, release)) return undefined;
	const passedTo = passedShare(strategy.promoted, release);
	return {
		steps: strategy.steps.map(({ share, hold, pause }) => ({ percent: share, holdMs: hold, pause })),
		...(passedTo !== undefined && { passedTo }),
	};
}
