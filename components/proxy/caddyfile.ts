import type { PlannedService } from "../plan/types";
import { COLORS, type Color } from "../settings/schema";
import { afterTheHold, HELD_IN_VAIN, HELD_OPTIONS, heldBlock } from "./held";
import { SWITCH_FILE, switchValue } from "./switch-file";
import { streamAddress } from "./upstream";

/** One public path prefix and the upstreams that take it. */
export interface Route {
	readonly prefix: string;
	readonly upstreams: readonly string[];
}

/** What the proxy listens on and says of itself. */
export interface Site {
	readonly httpPort: number;
	/** Host names served; empty: any. */
	readonly hosts: readonly string[];
	/** Response header that names the color; false: none. */
	readonly colorHeader: string | false;
	/** Longest time that requests wait at the proxy, in ms. */
	readonly holdForMs: number;
}

export type RouteTables = Readonly<Record<Color, readonly Route[]>>;

/** Caddy's admin API; inside the container, on loopback only. */
export const ADMIN_ADDRESS = "127.0.0.1:2019";
/** How long a reload or a stop waits for requests and streams of the old configuration. */
const GRACE_PERIOD = "30s";

/** The routes of one color's services, longest prefix first, so that "/api" is asked before "/". */
export function routesOf(services: readonly PlannedService[]): Route[] {
	return services
		.flatMap(({ route, replicas }) => {
			const upstreams = replicas.flatMap((replica) => replica.upstream ?? []);
			return route === undefined || upstreams.length === 0 ? [] : [{ prefix: route, upstreams }];
		})
		.sort((a, b) => b.prefix.length - a.prefix.length || a.prefix.localeCompare(b.prefix));
}

/**
 * The whole Caddyfile. It depends on the routing shape only (hosts, ports, routes, replicas), never on which color is
 * active or on versions: a release changes the switch file, and this text stays the same.
 *
 * While one color has all traffic, a request costs one or two reads of the switch file and plain comparisons; only a
 * hold, or a shared value, pays for more. Measured on 2 cores, 50 connections, a trivial upstream: see
 * docs/benchmarks.md.
 */
export function renderCaddyfile(site: Site, tables: RouteTables): string {
	const addresses = site.hosts.length === 0 ? [""] : site.hosts;
	const lines = [
		"# Rendered from the stack's settings. Edits are found by `pulumi refresh` and put right by `pulumi up`.",
		"{",
		`\tadmin ${ADMIN_ADDRESS}`,
		"\tauto_https off",
		"\tpersist_config off",
		`\tgrace_period ${GRACE_PERIOD}`,
		...indent(HELD_OPTIONS, 1),
		"}",
		"",
		...snippet("upstream", UPSTREAM_OPTIONS),
		...COLORS.flatMap((color) => snippet(color, colorBlock(color, site, tables[color]))),
		...snippet("traffic", trafficBlock(site.holdForMs)),
		`${addresses.map((host) => `http://${host}:${site.httpPort}`).join(", ")} {`,
		"\timport traffic",
		"}",
		"",
		...afterTheHold(["\timport traffic"]),
	];
	// Without this, Caddy answers a host that it does not know with an empty 200.
	if (site.hosts.length > 0)
		lines.push("", `http://:${site.httpPort} {`, '\trespond "no such host" 421', "}");
	return `${lines.join("\n")}\n`;
}

/** What happens to every request, wherever it comes in: the color that the switch file names, most likely first. */
function trafficBlock(holdForMs: number): string[] {
	return [
		"# Everything but WebSockets and event streams.",
		"@request {",
		"\tnot header Upgrade *",
		"\tnot header Accept text/event-stream*",
		"}",
		...COLORS.flatMap((color) => [
			`@${color} vars {file.${SWITCH_FILE}} ${switchValue(color)}`,
			`handle @${color} {`,
			`\timport ${color}`,
			"}",
		]),
		"handle {",
		...indent(heldBlock(holdForMs), 1),
		"\t# Shared: a request belongs to green when its random id sorts before the value in the switch file.",
		`\tvars green_below {file.${SWITCH_FILE}}`,
		"\t@shared expression `{http.request.uuid} < {http.vars.green_below}`",
		"\thandle @shared {",
		"\t\timport green",
		"\t}",
		"\thandle {",
		"\t\timport blue",
		"\t}",
		"}",
		...HELD_IN_VAIN,
	];
}

function snippet(name: string, lines: readonly string[]): string[] {
	return [`(${name}) {`, ...indent(lines, 1), "}", ""];
}

function colorBlock(color: Color, site: Site, routes: readonly Route[]): string[] {
	const header = site.colorHeader === false ? [] : [`header >${site.colorHeader} ${color}`];
	const handlers = routes.flatMap(({ prefix, upstreams }) => [
		...matcher(color, prefix),
		`handle${prefix === "/" ? "" : ` @${matcherName(color, prefix)}`} {`,
		...indent(upstreamBlock(upstreams), 1),
		"}",
	]);
	const fallback = routes.some(({ prefix }) => prefix === "/") ? [] : ["handle {", "\trespond 404", "}"];
	return [...header, ...handlers, ...fallback];
}

function matcher(color: Color, prefix: string): string[] {
	return prefix === "/" ? [] : [`@${matcherName(color, prefix)} path ${prefix} ${prefix}/*`];
}

function matcherName(color: Color, prefix: string): string {
	return `${color}${prefix.replaceAll(/[^A-Za-z0-9]/g, "_")}_${Buffer.from(prefix).toString("hex")}`;
}

/** Streams go to the same replicas under addresses of their own, so that what is in flight is counted by kind. */
function upstreamBlock(upstreams: readonly string[]): string[] {
	return [
		`reverse_proxy @request ${upstreams.join(" ")} {`,
		"\timport upstream",
		"}",
		`reverse_proxy ${upstreams.map(streamAddress).join(" ")} {`,
		"\timport upstream",
		"}",
	];
}

const UPSTREAM_OPTIONS = [
	"lb_policy least_conn",
	// A replica that refuses the connection is tried again elsewhere, or here once it is back.
	"lb_try_duration 5s",
	"lb_try_interval 100ms",
	"fail_duration 2s",
	"stream_close_delay 30s",
	"transport http {",
	"\tdial_timeout 1s",
	// Shorter than the idle time of common servers (Node 5 s, gunicorn 2 s): a connection that the server is
	// just closing must not carry the next POST, which cannot be sent twice.
	"\tkeepalive 1s",
	// The default of 32 means a new connection for most requests as soon as more than 32 are in flight.
	"\tkeepalive_idle_conns_per_host 1024",
	"}",
];

function indent(lines: readonly string[], by: number): string[] {
	return lines.map((line) => `${"\t".repeat(by)}${line}`);
}

/** Upstreams of every color in `tables`, as Caddy's admin API names them. */
export function upstreamsByColor(tables: RouteTables): Record<Color, string[]> {
	const of = (color: Color) => [...new Set(tables[color].flatMap((route) => route.upstreams))];
	return Object.fromEntries(COLORS.map((color) => [color, of(color)])) as Record<Color, string[]>;
}
