import type { Color } from "../../settings/schema";
import type { Engine } from "../docker/engine";
import { indented, StepError } from "../report";
import { ProxyFiles } from "./files";
import { readTraffic } from "./traffic";

/** Who gets traffic by the switch file; "none" before the first cutover. */
export type Serving = Color | "shared" | "none";

/** @throws Error where the proxy's container does not run. */
export async function readServing(files: ProxyFiles): Promise<Serving> {
	return (await readTraffic(files)).serving;
}

export const PAGE_IS_SHOWN = "Visitors get the maintenance page.";

/** @throws StepError with the proxy's last log lines where its container does not run: then nothing is served. */
export async function assertProxyRuns(engine: Engine, proxy: string): Promise<void> {
	const state = await engine.inspect(proxy);
	if (state?.status === "running") return;
	const seen =
		state === undefined
			? "there is no such container"
			: `it is ${state.status} (exit code ${state.exitCode})`;
	const logs = await engine.lastLogLines(proxy);
	throw new StepError(
		[
			`The proxy ${proxy} does not run: ${seen}. Nothing is served.`,
			...(logs.length === 0 ? [] : ["  its last log lines:", indented(logs)]),
			state === undefined ? "Next: pulumi up --refresh" : `Next: docker start ${proxy} && pulumi up`,
		].join("\n"),
	);
}

/** Who serves, as one sentence for an error message; never throws. */
export async function servingSentence(engine: Engine, proxy: string): Promise<string> {
	const files = new ProxyFiles(engine, proxy);
	try {
		const { serving, maintenance } = await readTraffic(files);
		if (serving === "none") return "Nothing serves yet: no color has been released.";
		const page = maintenance === "on" ? ` ${PAGE_IS_SHOWN}` : "";
		if (serving === "shared") return `Traffic is shared between blue and green.${page}`;
		return `Traffic was not moved: ${serving} keeps serving.${page}`;
	} catch {
		return `The proxy (${proxy}) does not answer, so nothing may be serving: docker logs ${proxy}`;
	} finally {
		files.close();
	}
}
