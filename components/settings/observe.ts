import { z } from "zod";
import { duration, name, text } from "./values";

/** Limit: what a Prometheus server says is not above `max`. */
const prometheusQuery = z.strictObject({
	/** Of the server, as seen from where `pulumi up` runs. */
	url: z
		.string()
		.regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/, {
			error: "a URL such as http://prometheus:9090, without a login",
		})
		.meta({ examples: ["http://127.0.0.1:9090"] }),
	/** PromQL; $COLOR and $VERSION are those on trial. Of several values the largest counts. */
	query: text.meta({ examples: ['sum(rate(orders_failed_total{color="$COLOR"}[1m]))'] }),
	/** The largest value that is well. */
	max: z.number(),
});

/** Limit: a command, which looks at what only the business knows, ends with 0. */
const probe = z.strictObject({
	/** With URL, COLOR and VERSION in its environment. */
	command: z.array(text).min(1),
	/** Longest time for one run. */
	deadline: duration.default(10_000),
	/** Service in whose first container of the new color it runs. Unset: where `pulumi up` runs. */
	in: name.optional(),
});

/**
 * What visitors get from the new color is looked at while it has a share of the traffic, and for some time after it has
 * got all; what is worse than a limit moves all traffic back. Without any limit nothing is looked at.
 */
export const observe = z.strictObject({
	/** How long it is looked at after it has got all traffic; "0": only during the steps. */
	window: duration.default(60_000),
	/** How often it is judged. */
	every: duration.refine((ms) => ms >= 200, { error: 'a duration of "200ms" or more' }).default(1_000),
	/** Requests of the new color that are needed before these limits say anything. */
	minRequests: z.int().min(1).default(100),
	/** Limit: most answers of 500 and above, in percent of the requests. */
	maxErrorRate: z.number().min(0).max(100).optional(),
	/** Limit: longest time within which 99 of 100 requests are answered. */
	maxP99: duration.refine((ms) => ms > 0, { error: 'a duration such as "500ms"' }).optional(),
	/** Limit: neither clearly more errors nor a clearly longer p99 than the old color has at the same time. */
	compare: z.enum(["old"]).optional(),
	/** These limits hold for each route of the services by itself as well. */
	byRoute: z.boolean().default(false),
	/** Limits that a Prometheus server knows. */
	prometheus: z.array(prometheusQuery).default([]),
	/** Limits that commands look at. */
	probes: z.array(probe).default([]),
});
export type ObserveSettings = z.infer<typeof observe>;

/** Whether there is a limit, without which nothing is looked at. */
export function isObserved({ maxErrorRate, maxP99, compare, prometheus, probes }: ObserveSettings): boolean {
	const own = [maxErrorRate, maxP99, compare].some((limit) => limit !== undefined);
	return own || prometheus.length + probes.length > 0;
}
