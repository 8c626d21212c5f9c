import { readSwitch, readSwitchValue, SWITCH_FILE, type Trial } from "../../proxy/switch-file";
import type { ProxyFiles } from "./files";
import type { Serving } from "./world";

/** Who gets traffic, and how it is divided where a color is on trial. */
export interface Traffic {
	readonly serving: Serving;
	/** Set where `serving` is "shared" by a trial, and not by hand. */
	readonly trial?: Trial;
}

/** @param value Of the switch file; undefined: there is none. */
export function trafficBy(value: string | undefined): Traffic {
	if (value === undefined) return { serving: "none" };
	const serving = readSwitchValue(value);
	const { traffic } = readSwitch(value);
	return typeof traffic === "string" || serving !== "shared" ? { serving } : { serving, trial: traffic };
}

/** @throws Error where the proxy's container does not run. */
export async function readTraffic(files: ProxyFiles): Promise<Traffic> {
	return trafficBy(await files.read(SWITCH_FILE));
}
