import type { PlannedColor } from "../plan/types";
import type { PublicCheck } from "../runtime/steps";

/**
 * What is asked through the proxy after the switch: of each routed service its health path where the route reaches it,
 * else its route, which need only not be a server error.
 */
export function publicChecks(color: PlannedColor): PublicCheck[] {
	const routes = color.services.flatMap(({ route }) => route ?? []);
	return color.services.flatMap(({ name, route, readiness, declared }): PublicCheck[] => {
		if (route === undefined || !declared) return [];
		const path = readiness.http?.path;
		if (path === undefined || longestPrefix(routes, path) !== route)
			return [{ service: name, path: route, expect: "below-500" }];
		return [{ service: name, path, expect: readiness.http?.status ?? "2xx" }];
	});
}

function longestPrefix(routes: readonly string[], path: string): string | undefined {
	return routes
		.filter((route) => route === "/" || path === route || path.startsWith(`${route}/`))
		.sort((a, b) => b.length - a.length)[0];
}
