import { type Problem, removeCommand, setCommand } from "../settings/problems";
import { type Color, otherColor, type ReleaseSettings } from "../settings/schema";
import { sameRelease, servingColorsOf } from "./plan";
import { releaseFromSettings } from "./released";
import type { Deployed, TrialSeen } from "./types";

/**
 * The containers of a color that serves may not change: replacing them would be the outage that this exists to avoid. During
 * a trial both serve.
 */
export function checkServing(settings: ReleaseSettings, deployed: Deployed): Problem[] {
	return servingColorsOf(deployed).flatMap((color) => checkColor(settings, deployed, color));
}

function checkColor(settings: ReleaseSettings, deployed: Deployed, serving: Color): Problem[] {
	// A killed `up` leaves containers without a record. Where they are not to be seen either, nothing can be said; the plan
	// keeps them all the same.
	const recorded = deployed.unfinished?.includes(serving) ? undefined : deployed.releases[serving];
	const running = recorded ?? (deployed.trial ? undefined : deployed.servingRelease);
	if (running === undefined) return [];
	const wanted = releaseFromSettings(settings, serving);
	if (wanted !== undefined && sameRelease(running, wanted)) return [];
	// A version that the active color lacks is reported by checkVersions already.
	if (wanted === undefined && serving === settings.activeColor) return [];
	const problem = servingProblem(serving, running, wanted, settings.activeColor);
	return [deployed.trial ? onTrial(problem, running.version, deployed.trial) : problem];
}

/** Neither color of a trial is free: the way out is to end it, one way or the other. */
function onTrial({ path, reason, fix }: Problem, version: string, { to, percent }: TrialSeen): Problem {
	const old = otherColor(to);
	const [first = ""] = reason.split(" Allowed: ");
	return {
		path,
		reason: `${first} ${to} has ${percent} % of the traffic on trial, and ${old} the rest. Allowed: ${version}, until the trial of ${to} is over: npm run promote, or npm run abort.`,
		fix: fix.slice(0, 1),
	};
}

function servingProblem(
	serving: Color,
	running: { version: string; revision?: string },
	wanted: { version: string; revision?: string } | undefined,
	activeColor: Color,
): Problem {
	const standby = otherColor(serving);
	const keep = setCommand(["colors", serving, "version"], running.version);
	const keepRevision =
		running.revision === undefined
			? removeCommand(["colors", serving, "revision"])
			: setCommand(["colors", serving, "revision"], running.revision);
	if (wanted === undefined) {
		const reason = `missing, but ${serving} ${running.version} is serving now and until traffic has moved. Allowed: ${running.version}.`;
		return { path: ["colors", serving, "version"], reason, fix: [keep] };
	}
	const field = wanted.version === running.version ? "revision" : "version";
	const value = wanted[field] === undefined ? "no revision" : `"${wanted[field]}"`;
	const reason = `${value} would replace the containers of ${serving} ${running.version} that are serving now.`;
	const path = ["colors", serving, field];
	const fix = [field === "version" ? keep : keepRevision];
	if (activeColor === standby) {
		return { path, reason: `${reason} Allowed: leave ${serving} as it is until traffic has moved.`, fix };
	}
	fix.push(setCommand(["colors", standby, "version"], wanted.version), setCommand(["activeColor"], standby));
	return { path, reason: `${reason} Allowed: leave ${serving} as it is and release on ${standby}.`, fix };
}
