import { byPrecedence, publicRoutes } from "../plan/routes";
import type { PlannedService, PublicRoute } from "../plan/types";
import { COLORS, type Color } from "../settings/schema";
import { indent } from "./lines";
import { streamAddress } from "./upstream";

/** Which services a color answers with, and how Caddy asks them: the same whoever decided for the color. */

/** One public address and the upstreams that take it. */
export interface Route {
	/** Unset: every host. */
	readonly host?: string;
	readonly prefix: string;
	/** The upstreams get the path without the prefix. */
	readonly strip?: true;
	readonly upstreams: readonly string[];
}

export type RouteTables = Readonly<Record<Color, readonly Route[]>>;

/** The routes of one color's services, in the order in which they are asked: see `byPrecedence`. */
export function routesOf(services: readonly PlannedService[]): Route[] {
	return services
		.flatMap((service) => {
			const upstreams = service.replicas.flatMap((replica) => replica.upstream ?? []);
			return upstreams.length === 0 ? [] : publicRoutes(service).map((route) => ({ route, upstreams }));
		})
		.sort((a, b) => byPrecedence(a.route, b.route))
		.map(({ route, upstreams }) => ({ ...routeOf(route), upstreams }));
}

function routeOf({ host, path, stripPrefix }: PublicRoute): Omit<Route, "upstreams"> {
	return { ...(host !== undefined && { host }), prefix: path, ...(stripPrefix && { strip: stripPrefix }) };
}

/** Upstreams of every color in `tables`, as Caddy's admin API names them. */
export function upstreamsByColor(tables: RouteTables): Record<Color, string[]> {
	const of = (color: Color) => [...new Set(tables[color].flatMap((route) => route.upstreams))];
	return Object.fromEntries(COLORS.map((color) => [color, of(color)])) as Record<Color, string[]>;
}

/**
 * The line that sends a request to a color: everything of `colorBlock`.
 *
 * @param patience How long a replica is looked for that takes the request. "wait": one that refuses the connection is tried
 *   again elsewhere, or there once it is back. "once": each is tried once, because there is another color to go to.
 */
export function sendTo(color: Color, patience: "wait" | "once"): string {
	return `import ${color} ${patience === "wait" ? "5s 100ms" : "0s 0s"}`;
}

/**
 * The snippet of a color; see `sendTo`.
 * @param colorHeader Response header that names the color; false: none.
 */
export function colorBlock(color: Color, colorHeader: string | false, routes: readonly Route[]): string[] {
	const header = colorHeader === false ? [] : [`header >${colorHeader} ${color}`];
	const handlers = routes.flatMap((route) => [
		...matcher(color, route),
		`handle${takesAll(route) ? "" : ` @${matcherName(color, route)}`} {`,
		...indent([...stripped(route), ...upstreamBlock(route.upstreams)]),
		"}",
	]);
	const fallback = routes.some(takesAll) ? [] : ["handle {", "\trespond 404", "}"];
	return [...header, ...inOrder(routes, [...handlers, ...fallback])];
}

/** Caddy would ask longer prefixes first, whatever their hosts. */
function inOrder(routes: readonly Route[], handlers: readonly string[]): readonly string[] {
	return routes.some(({ host }) => host !== undefined) ? ["route {", ...indent(handlers), "}"] : handlers;
}

function takesAll({ host, prefix }: Route): boolean {
	return host === undefined && prefix === "/";
}

function matcher(color: Color, route: Route): string[] {
	const { host, prefix } = route;
	if (takesAll(route)) return [];
	const name = `@${matcherName(color, route)}`;
	const path = prefix === "/" ? [] : [`path ${prefix} ${prefix}/*`];
	if (host === undefined) return path.map((line) => `${name} ${line}`);
	return [`${name} {`, ...indent([`host ${host}`, ...path]), "}"];
}

function matcherName(color: Color, { host = "", prefix }: Route): string {
	const what = `${host}${prefix}`;
	return `${color}${what.replaceAll(/[^A-Za-z0-9]/g, "_")}_${Buffer.from(what).toString("hex")}`;
}

function stripped({ prefix, strip }: Route): string[] {
	return strip ? [`uri strip_prefix ${prefix}`, `request_header X-Forwarded-Prefix ${prefix}`] : [];
}

/** Streams go to the same replicas under addresses of their own, so that what is in flight is counted by kind. */
function upstreamBlock(upstreams: readonly string[]): string[] {
	// The two words are what `sendTo` has said.
	const options = ["\timport upstream {args[0]} {args[1]}", "}"];
	return [
		`reverse_proxy @request ${upstreams.join(" ")} {`,
		...options,
		`reverse_proxy ${upstreams.map(streamAddress).join(" ")} {`,
		...options,
	];
}

/** The matcher that every place needs which imports a color. */
export const REQUEST_MATCHER = [
	"# Everything but WebSockets and event streams.",
	"@request {",
	"\tnot header Upgrade *",
	"\tnot header Accept text/event-stream*",
	"}",
];

/** The snippet `upstream`, with the time in which a replica is looked for, and the pause between two looks. */
export const UPSTREAM_OPTIONS = [
	"lb_policy least_conn",
	"lb_try_duration {args[0]}",
	"lb_try_interval {args[1]}",
	// As many as a service may have replicas; where there is a time to look in, that is over before.
	"lb_retries 64",
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
