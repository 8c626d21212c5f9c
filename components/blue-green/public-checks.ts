import { byPrecedence, concreteHost, matches, publicRoutes } from "../plan/routes";
import type { PlannedColor, PublicRoute } from "../plan/types";
import type { PublicCheck } from "../runtime/steps";

/**
 * What is asked through the proxy after the switch, for each public address of a service: its health path where the route
 * reaches it, else the route itself, which need only not be a server error; and once its version, where a route reaches the
 * path that tells it.
 *
 * @param host The host that is asked for where a route does not name one; unset: any.
 */
export function publicChecks(color: PlannedColor, host?: string): PublicCheck[] {
	const services = color.services.map((service) => ({ ...service, own: publicRoutes(service) }));
	const all = services.flatMap(({ own }) => own).sort(byPrecedence);
	return services.flatMap(({ name, readiness, declared, own }): PublicCheck[] => {
		if (!declared) return [];
		const routes = own.map((route) => reachedBy(route, all, host));
		const { http, version } = readiness;
		const health = routes.map(({ ask, reach }): PublicCheck => {
			const path = http === undefined ? undefined : reach(http.path);
			return path === undefined
				? { service: name, ...ask, expect: "below-500" }
				: { service: name, ...ask, path, expect: http?.status ?? "2xx" };
		});
		if (version === undefined) return health;
		const { path: told, port: _, ...check } = version;
		const teller = routes.find(({ reach }) => reach(told) !== undefined);
		const path = teller?.reach(told);
		if (teller === undefined || path === undefined) return health;
		return [...health, { service: name, ...teller.ask, path, expect: "2xx", version: check }];
	});
}

interface Reached {
	/** How to ask for the route itself. */
	readonly ask: Pick<PublicCheck, "path" | "host">;
	/** The public path of a path of the service; undefined where another route takes it, or none. */
	reach(path: string): string | undefined;
}

function reachedBy(
	route: PublicRoute,
	all: readonly PublicRoute[],
	defaultHost: string | undefined,
): Reached {
	const host = route.host === undefined ? undefined : concreteHost(route.host);
	const reach = (path: string) => {
		const asked = route.stripPrefix ? `${route.path}${path}` : path;
		return all.find((one) => matches(one, host ?? defaultHost, asked)) === route ? asked : undefined;
	};
	return { ask: { path: route.path, ...(host !== undefined && { host }) }, reach };
}
