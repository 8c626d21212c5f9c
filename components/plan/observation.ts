import { isObserved } from "../settings/observe";
import type { ReleaseSettings } from "../settings/schema";
import type { ReleasePlan } from "./types";

/** How closely it is looked at what visitors get from a new color. Plain JSON, no secrets. */
export interface Observation {
	readonly everyMs: number;
	/** How long it goes on when the color has all traffic; 0: not at all. */
	readonly windowMs: number;
	/** Of what passes the proxy; unset: it is counted, and not judged. */
	readonly limits?: Limits;
	/** Public path prefixes for which the limits hold by themselves, longest first; empty: none. */
	readonly routes: readonly string[];
	readonly prometheus: readonly PrometheusQuery[];
	readonly probes: readonly Probe[];
}

export interface Limits {
	readonly minRequests: number;
	/** A share, 0 to 1. */
	readonly maxErrorShare?: number;
	readonly maxP99Ms?: number;
	/** Not clearly worse than the other color at the same time. */
	readonly compareWithOld: boolean;
}

export interface PrometheusQuery {
	readonly url: string;
	readonly query: string;
	readonly max: number;
}

export interface Probe {
	readonly command: readonly string[];
	readonly deadlineMs: number;
	/** The service in whose first container it runs; unset: on the machine that runs Pulumi. */
	readonly service?: string;
}

/** Whether the proxy counts requests, of which `up` tells and by which limits are judged, while a color is led in. */
export function isCounted({ observe, strategy }: Pick<ReleaseSettings, "observe" | "strategy">): boolean {
	return strategy.steps.length > 0 || isObserved(observe);
}

/** What the settings say, as they are now: not a part of the release. Where they set no limit, it is only counted. */
export function planObservation(
	{ observe }: Pick<ReleaseSettings, "observe">,
	{ active }: Pick<ReleasePlan, "active">,
): Observation {
	const { window, every, minRequests, maxErrorRate, maxP99, compare, byRoute, prometheus, probes } = observe;
	const judged = [maxErrorRate, maxP99, compare].some((limit) => limit !== undefined);
	const routes = active.services.flatMap(({ route }) => route ?? []);
	return {
		everyMs: every,
		windowMs: isObserved(observe) ? window : 0,
		...(judged && {
			limits: {
				minRequests,
				...(maxErrorRate !== undefined && { maxErrorShare: maxErrorRate / 100 }),
				...(maxP99 !== undefined && { maxP99Ms: maxP99 }),
				compareWithOld: compare === "old",
			},
		}),
		routes: byRoute ? routes.sort((a, b) => b.length - a.length || a.localeCompare(b)) : [],
		prometheus,
		probes: probes.map(({ command, deadline, in: service }) => ({
			command,
			deadlineMs: deadline,
			...(service !== undefined && { service }),
		})),
	};
}
