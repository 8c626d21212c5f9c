import { readSwitch, readSwitchValue, SWITCH_FILE, type Trial } from "../../proxy/switch-file";
import type { Maintenance } from "../../settings/schema";
import type { ProxyFiles } from "./files";
import type { Serving } from "./world";

/** All that the switch file says of who gets what, but for a hold. */
export interface Traffic {
	readonly serving: Serving;
	/** Set where `serving` is "shared" by a trial, and not by hand. */
	readonly trial?: Trial;
	/** Whether visitors get the page of maintenance instead. */
	readonly maintenance: Maintenance;
}

/** @param value Of the switch file; undefined: there is none. */
export function trafficBy(value: string | undefined): Traffic {
	if (value === undefined) return { serving: "none", maintenance: "off" };
	const serving = readSwitchValue(value);
	const { traffic, maintenance: isOn } = readSwitch(value);
	const maintenance = isOn ? "on" : "off";
	if (typeof traffic === "string" || serving !== "shared") return { serving, maintenance };
	return { serving, trial: traffic, maintenance };
}

/** @throws Error where the proxy's container does not run. */
export async function readTraffic(files: ProxyFiles): Promise<Traffic> {
	return trafficBy(await files.read(SWITCH_FILE));
}
