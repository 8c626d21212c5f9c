import { SWITCH_FILE } from "../../proxy/switch-file";
import { peekFile } from "../docker/peek";
import { type Traffic, trafficBy } from "./traffic";
import type { Serving } from "./world";

/** `readTraffic` at a price that every preview can afford. */
export async function peekTraffic(proxy: string): Promise<Traffic> {
	return trafficBy(await peekFile(proxy, SWITCH_FILE));
}

/** `readServing` at the same price. */
export async function peekServing(proxy: string): Promise<Serving> {
	return (await peekTraffic(proxy)).serving;
}
