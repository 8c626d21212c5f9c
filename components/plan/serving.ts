import { type Problem, removeCommand, setCommand } from "../settings/problems";
import { type Color, otherColor, type ReleaseSettings } from "../settings/schema";
import { sameRelease } from "./plan";
import { releaseFromSettings } from "./released";
import type { Deployed } from "./types";

/** The serving color's containers may not change: replacing them would be the outage that this exists to avoid. */
export function checkServing(settings: ReleaseSettings, deployed: Deployed): Problem[] {
	const { serving } = deployed;
	if (serving === undefined) return [];
	// A killed `up` leaves containers without a record. Where they are not to be seen either, nothing can be said; the plan
	// keeps them all the same.
	const recorded = deployed.unfinished?.includes(serving) ? undefined : deployed.releases[serving];
	const running = recorded ?? deployed.servingRelease;
	if (running === undefined) return [];
	const wanted = releaseFromSettings(settings, serving);
	if (wanted !== undefined && sameRelease(running, wanted)) return [];
	// A version that the active color lacks is reported by checkVersions already.
	if (wanted === undefined && serving === settings.activeColor) return [];
	return [servingProblem(serving, running, wanted, settings.activeColor)];
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
