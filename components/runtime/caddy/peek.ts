import { readSwitch, readSwitchValue, SWITCH_FILE } from "../../proxy/switch-file";
import type { Maintenance } from "../../settings/schema";
import { peekFile } from "../docker/peek";
import type { Serving } from "./world";

/** `readServing` at a price that every preview can afford. */
export async function peekServing(proxy: string): Promise<Serving> {
	return (await peekSwitch(proxy)).serving;
}

/** All that a preview wants to know of the switch file. */
export async function peekSwitch(proxy: string): Promise<{ serving: Serving; maintenance: Maintenance }> {
	const value = await peekFile(proxy, SWITCH_FILE);
	if (value === undefined) return { serving: "none", maintenance: "off" };
	return { serving: readSwitchValue(value), maintenance: readSwitch(value).maintenance ? "on" : "off" };
}
