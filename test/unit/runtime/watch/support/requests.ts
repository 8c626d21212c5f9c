import type { Passed } from "../../../../../components/runtime/watch/line";
import { Tally } from "../../../../../components/runtime/watch/tally";
import type { Color } from "../../../../../components/settings/schema";

export const UPSTREAMS = {
	blue: ["shop-blue-web-1:3000", "shop-blue-web-2:3000"],
	green: ["shop-green-web-1:3000", "shop-green-web-2:3000"],
};

/** A request that was answered well, but for what is said otherwise. */
export function passed(rest: Partial<Passed> = {}): Passed {
	const color: Color = rest.color ?? "green";
	return {
		atMs: Date.UTC(2026, 10, 21, 12, 0, 0),
		color,
		method: "GET",
		path: "/",
		status: 200,
		durationMs: 5,
		upstream: `shop-${color}-web-1:3000`,
		kind: "answered",
		...rest,
	};
}

/** `requests` at even latencies up to `longestMs`, of which the first `errors` failed. */
export function tally(color: Color, requests: number, errors = 0, longestMs = 10): Tally {
	const all = new Tally();
	for (let index = 0; index < requests; index++)
		all.add(
			passed({
				color,
				status: index < errors ? 500 : 200,
				durationMs: (longestMs * (index + 1)) / requests,
				atMs: Date.UTC(2026, 10, 21, 12, 0, 0) + index,
			}),
		);
	return all;
}

/** The line that Caddy writes. */
export function lineOf(rest: Record<string, unknown> = {}): string {
	return JSON.stringify({
		level: "info",
		ts: 1_795_262_400.123,
		logger: "http.log.access.observed",
		msg: "handled request",
		duration: 0.004,
		status: 200,
		color: "green",
		method: "GET",
		path: "/",
		upstream: "shop-green-web-1:3000",
		...rest,
	});
}
