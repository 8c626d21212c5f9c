import type { PublicRoute, ReleasedService } from "./types";

/** Every public address of a service; empty where visitors do not reach it. */
export function publicRoutes({
	route,
	routes,
}: Pick<ReleasedService, "route" | "routes">): readonly PublicRoute[] {
	return routes ?? (route === undefined ? [] : [{ path: route }]);
}

/**
 * In the order in which they are asked: those that name a host before those with a "*" before those for every host, and of
 * those the longest prefix first.
 */
export function byPrecedence(a: PublicRoute, b: PublicRoute): number {
	return (
		hostRank(a) - hostRank(b) ||
		b.path.length - a.path.length ||
		// Only for a fixed order.
		(b.host ?? "").length - (a.host ?? "").length ||
		`${a.host ?? ""}${a.path}`.localeCompare(`${b.host ?? ""}${b.path}`)
	);
}

function hostRank({ host }: PublicRoute): number {
	if (host === undefined) return 2;
	return host.startsWith("*.") ? 1 : 0;
}

/** Whether a request for this path on this host is one for the route. */
export function matches(route: PublicRoute, host: string | undefined, path: string): boolean {
	const { path: prefix } = route;
	// Caddy tells capital letters from small ones neither in hosts nor in paths.
	const asked = path.toLowerCase();
	const wanted = prefix.toLowerCase();
	const fits = wanted === "/" || asked === wanted || asked.startsWith(`${wanted}/`);
	return fits && (route.host === undefined || (host !== undefined && covers(route.host, host)));
}

/** Whether `pattern`, a host name or "*." and a name, is for this host; "*" is one label. */
export function covers(pattern: string, host: string): boolean {
	const [a, b] = [pattern.toLowerCase(), host.toLowerCase()];
	return a === b || (a.startsWith("*.") && b.slice(b.indexOf(".")) === a.slice(1));
}

/** A host name that a client can ask for: the first that a "*" stands for is as good as any. */
export function concreteHost(host: string): string {
	return host.startsWith("*.") ? `www${host.slice(1)}` : host;
}
