import { readSwitchValue, SWITCH_FILE } from "../../proxy/switch-file";
import type { Color } from "../../settings/schema";
import type { Engine } from "../docker/engine";
import { readFile } from "./files";

/** Who gets traffic by the switch file; "none" before the first cutover. */
export type Serving = Color | "shared" | "none";

/** @throws Error where the proxy's container does not run. */
export async function readServing(engine: Engine, proxy: string): Promise<Serving> {
	const value = await readFile(engine, proxy, SWITCH_FILE);
	return value === undefined ? "none" : readSwitchValue(value);
}

/** Who serves, as one sentence for an error message; never throws. */
export async function servingSentence(engine: Engine, proxy: string): Promise<string> {
	try {
		const serving = await readServing(engine, proxy);
		if (serving === "none") return "Nothing serves yet: no color has been released.";
		if (serving === "shared") return "Traffic is shared between blue and green.";
		return `Traffic was not moved: ${serving} keeps serving.`;
	} catch {
		return `The proxy (${proxy}) does not answer, so nothing may be serving: docker logs ${proxy}`;
	}
}
