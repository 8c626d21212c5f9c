import type { PlannedColor } from "../plan/types";
import type { PublicCheck } from "../runtime/steps";

/**
 * What is asked through the proxy after the switch: of each routed service its health path where the route reaches it,
 * else its route, which need only not be a server error; and its version, where the route reaches the path that tells it.
 */
export function publicChecks(color: PlannedColor): PublicCheck[] {
	const routes = color.services.flatMap(({ route }) => route ?? []);
	return color.services.flatMap(({ name, route, readiness, declared }): PublicCheck[] => {
		if (route === undefined || !declared) return [];
		const { http, version } = readiness;
		const reached = (path: string) => longestPrefix(routes, path) === route;
		const health: PublicCheck =
			http !== undefined && reached(http.path)
				? { service: name, path: http.path, expect: http.status ?? "2xx" }
				: { service: name, path: route, expect: "below-500" };
		if (version === undefined || !reached(version.path)) return [health];
		const { path, port: _, ...check } = version;
		return [health, { service: name, path, expect: "2xx", version: check }];
	});
}

function longestPrefix(routes: readonly string[], path: string): string | undefined {
	return routes
		.filter((route) => route === "/" || path === route || path.startsWith(`${route}/`))
		.sort((a, b) => b.length - a.length)[0];
}
