import type { Color } from "../settings/schema";

/**
 * What is logged of requests while two colors share the traffic, for the watch to count: one line of JSON for each, with
 * color, method, path without query, status, duration and upstream; no addresses, headers or queries.
 *
 * In memory, in the proxy's container, of a bounded size; while one color has all traffic nothing is written. Caddy prepares
 * for a line with every request, though, which cost 3 to 6 % of its processor time and throughput on the way that all
 * traffic takes (2 cores, 50 connections, a trivial upstream; at 1,000/s nothing to be seen), and a line itself 10 %. So the log is
 * in the Caddyfile only where the settings have steps or limits.
 */
export const ACCESS_LOG = "/dev/shm/blue-green/access.log";
const LOGGER = "observed";

/** Global options. */
export const ACCESS_LOG_OPTIONS = [
	`log ${LOGGER} {`,
	`\tinclude http.log.access.${LOGGER}`,
	`\toutput file ${ACCESS_LOG} {`,
	"\t\tmode 0600",
	// At 200 bytes a line, and read every second: enough for 40,000 requests/s.
	"\t\troll_size 8MiB",
	"\t\troll_keep 1",
	"\t\troll_uncompressed",
	"\t}",
	"\tformat filter {",
	"\t\twrap json",
	"\t\tfields {",
	...["request", "resp_headers", "bytes_read", "user_id", "size", "uuid"].map(
		(field) => `\t\t\t${field} delete`,
	),
	"\t\t}",
	"\t}",
	"}",
];

/** First in what every site imports where visitors come in. */
export const LOGGED = [`log ${LOGGER}`];

/** For every request that is not to be counted. */
export const NOT_LOGGED = ["log_skip"];

/**
 * What a line says of a request that was sent to `color`; early, because of an answer cut short nothing is said later.
 *
 * @param lost The color that should have taken it, and of which no replica could be reached. Unset: it was meant for `color`.
 */
export function logged(color: Color, lost?: Color): string[] {
	return [
		`log_append <color ${color}`,
		...(lost === undefined ? [] : [`log_append <lost ${lost}`]),
		"log_append <method {http.request.method}",
		"log_append <path {http.request.uri.path}",
		"log_append upstream {http.reverse_proxy.upstream.hostport}",
	];
}
