import { nextPause, sameShare } from "../plan/trial";
import type { Traffic } from "./caddy/traffic";
import type { CutoverInputs, CutoverOutputs, TrialRecord } from "./steps";

/** Whether a trial was paused, and nobody has said since that it may go on: then there is nothing to do. */
export function restsPaused(
	{ onTrial }: Partial<CutoverOutputs>,
	{ active, trial }: Pick<CutoverInputs, "active" | "trial">,
): boolean {
	if (onTrial === undefined || !onTrial.paused || onTrial.to !== active || trial === undefined) return false;
	const pause = nextPause(trial, onTrial.share);
	return pause !== undefined && sameShare(pause.percent, onTrial.share);
}

/** Whether the proxy does what the state says. */
export function isAsRecorded(
	state: Pick<CutoverOutputs, "activeColor" | "onTrial" | "maintenance">,
	{ serving, trial, maintenance }: Traffic,
): boolean {
	const { activeColor, onTrial } = state;
	if (serving !== activeColor || maintenance !== (state.maintenance ?? "off")) return false;
	return onTrial === undefined ? trial === undefined : isOfRecord(trial, onTrial);
}

/** Whether a trial that is seen is the one that was noted. */
export function isOfRecord(seen: Traffic["trial"], { to, share }: TrialRecord): boolean {
	return seen?.to === to && sameShare(seen.percent, share);
}
