import type { Observation } from "../../plan/observation";
import type { Color } from "../../settings/schema";
import type { Subject, Way } from "../checks/types";
import { PUBLIC_WAY, previewWay } from "../look-first";
import type { CutoverInputs } from "../steps";

/** What a watch has to know: how closely to look, and at what. */
export interface WatchPolicy extends Observation, Pick<Subject, "proxy" | "targets" | "timeoutMs"> {
	/** As Caddy names them. */
	readonly upstreams: Readonly<Record<Color, readonly string[]>>;
	readonly versions: Readonly<Partial<Record<Color, string>>>;
	/** How probes reach the color on trial. */
	readonly way: Way;
}

/** Requests are counted, and nothing is judged. */
const COUNT_ONLY: Observation = { everyMs: 1_000, windowMs: 0, routes: [], prometheus: [], probes: [] };

export function watchPolicy(news: CutoverInputs): WatchPolicy {
	const { upstreams, releases, proxy, targets, policy, observe = COUNT_ONLY } = news;
	const versions = Object.fromEntries(
		Object.entries(releases).map(([color, release]) => [color, release.version]),
	);
	const way = previewWay(news) ?? PUBLIC_WAY;
	return { ...observe, upstreams, versions, proxy, targets, timeoutMs: policy.timeoutMs, way };
}
