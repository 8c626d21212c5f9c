import { type Problem, removeCommand, setCommand } from "../settings/problems";
import type { ReleaseSettings, Settings } from "../settings/schema";
import { covers } from "./routes";
import type { PublicRoute } from "./types";

/** A public address as the settings have it, and where. */
interface Stated {
	readonly service: string;
	readonly path: readonly (string | number)[];
	readonly route: PublicRoute;
}

/** Two services, or one, cannot have the same public address; and one service has it in one of the two forms. */
export function checkRoutes(settings: ReleaseSettings): Problem[] {
	const taken = new Map<string, string>();
	const duplicates = statedRoutes(settings).flatMap(({ service, path, route }) => {
		// Caddy does not tell capital letters in a host or a path from small ones.
		const address = `${route.host ?? ""}${route.path}`.toLowerCase();
		const first = taken.get(address);
		if (first === undefined) {
			taken.set(address, service);
			return [];
		}
		const at = path.at(-1) === "route" ? path : [...path, "path"];
		const where = route.host === undefined ? "" : ` on ${route.host}`;
		const reason = `"${route.path}"${where} is already the route of service ${first}. Allowed: a route that no other service has.`;
		return [
			{ path: at, reason, fix: [setCommand(at, `${route.path === "/" ? "" : route.path}/${service}`)] },
		];
	});
	return [...withoutPort(settings), ...duplicates, ...twoForms(settings)];
}

/** Every route's host has to be served; wherever there are certificates, it has one then. @param hosts Empty: any. */
export function checkRouteHosts(settings: Pick<Settings, "services">, hosts: readonly string[]): Problem[] {
	return statedRoutes(settings).flatMap(({ path, route: { host } }) => {
		if (host === undefined || hosts.some((served) => covers(served, host))) return [];
		const allowed = hosts.length === 0 ? "one of proxy.hosts, which is empty" : hosts.join(", ");
		return [
			{
				path: [...path, "host"],
				reason: `${host} is not among proxy.hosts. Allowed: ${allowed}.`,
				fix: [setCommand(["proxy", "hosts", hosts.length], host)],
			},
		];
	});
}

function statedRoutes({ services }: Pick<Settings, "services">): Stated[] {
	return Object.entries(services).flatMap(([service, { route, routes }]) =>
		routes === undefined
			? route === undefined
				? []
				: [{ service, path: ["services", service, "route"], route: { path: route } }]
			: routes.map(({ host, path }, index) => ({
					service,
					path: ["services", service, "routes", index],
					route: { path, ...(host !== undefined && { host }) },
				})),
	);
}

function twoForms({ services }: ReleaseSettings): Problem[] {
	return Object.entries(services).flatMap(([name, { route, routes }]) => {
		if (route === undefined || routes === undefined) return [];
		const path = ["services", name, "route"];
		const reason = `services.${name}.routes is there too. Allowed: one of the two.`;
		return [{ path, reason, fix: [removeCommand(path)] }];
	});
}

function withoutPort({ services }: ReleaseSettings): Problem[] {
	return Object.entries(services).flatMap(([name, { port, route, routes }]) => {
		const [first] = routes ?? (route === undefined ? [] : [{ path: route }]);
		if (port !== undefined || first === undefined) return [];
		const path = ["services", name, "port"];
		const reason = `needs a port: "${first.path}" is routed to ${name}. Allowed: the port that ${name} listens on.`;
		return [{ path, reason, fix: [setCommand(path, "3000")] }];
	});
}
