import { otherColor } from "../settings/schema";
import { nextPause, stepsLeft, type TrialStep } from "./trial";
import type { Deployed, PlannedColor, PlannedTrial } from "./types";

/** Where traffic goes, for people: "blue 1.4.0 → green 1.5.0", and in which steps. */
export function trafficText(
	active: PlannedColor,
	deployed: Deployed,
	trial: PlannedTrial | undefined,
): string {
	const to = `${active.color} ${active.release.version}`;
	const seen = deployed.trial;
	const from = seen === undefined ? deployed.serving : otherColor(active.color);
	if (from === undefined || from === active.color) return to;
	const version = deployed.releases[from]?.version;
	const both = `${version === undefined ? from : `${from} ${version}`} → ${to}`;
	if (trial !== undefined) return `${both} ${stepsText(trial, seen)}`;
	if (seen === undefined) return both;
	const back = `${percentText(seen.percent)} of which ${seen.to} had`;
	return seen.to === active.color
		? `${both}, which has ${percentText(seen.percent)} of it, at once`
		: `all to ${to} at once, ${back}`;
}

/** "in steps: 5 % for 60 s, 25 % for 2 min, then all". */
function stepsText(trial: PlannedTrial, seen: Deployed["trial"]): string {
	const left = stepsLeft(trial.steps, seen?.percent);
	const pause = nextPause(trial, seen?.percent);
	const rests = seen?.paused === true && pause !== undefined && left[0] === pause;
	if (rests) return `is paused at ${percentText(pause.percent)}`;
	// A pause that somebody has let it pass is over, and so is its step.
	const todo = seen?.paused === true ? left.slice(1) : left;
	const until = pause === undefined ? todo : todo.slice(0, todo.indexOf(pause) + 1);
	const parts = [...until.map(stepText), pause === undefined ? "then all" : "then a pause"];
	const steps = until.length === 0 ? "all" : parts.join(", ");
	return seen === undefined ? `in steps: ${steps}` : `goes on at ${percentText(seen.percent)}: ${steps}`;
}

function stepText({ percent, holdMs }: TrialStep): string {
	return holdMs === 0 ? percentText(percent) : `${percentText(percent)} for ${timeText(holdMs)}`;
}

export function percentText(percent: number): string {
	return `${percent} %`;
}

/** "60 s", "2 min", "1 h": as people write it. */
export function timeText(ms: number): string {
	const units: [number, string][] = [
		[3_600_000, "h"],
		[60_000, "min"],
		[1_000, "s"],
	];
	const [size, unit] = units.find(([one]) => ms >= 2 * one && ms % one === 0) ?? [1_000, "s"];
	return `${Number((ms / size).toFixed(1))} ${unit}`;
}
