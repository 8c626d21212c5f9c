import { readSwitchValue, SWITCH_FILE } from "../../proxy/switch-file";
import { peekFile } from "../docker/peek";
import { type Traffic, trafficBy } from "./traffic";
import type { Serving } from "./world";

/** `readServing` at a price that every preview can afford. */
export async function peekServing(proxy: string): Promise<Serving> {
	const value = await peekFile(proxy, SWITCH_FILE);
	return value === undefined ? "none" : readSwitchValue(value);
}

/** `readTraffic` at the same price. */
export async function peekTraffic(proxy: string): Promise<Traffic> {
	return trafficBy(await peekFile(proxy, SWITCH_FILE));
}
