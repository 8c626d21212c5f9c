import type { Color, ReleaseSettings, Service } from "../settings/schema";
import type { PublicRoute, Readiness, Release, ReleasedService } from "./types";

/** Path that is probed where a service with a port says nothing of its health. */
export const DEFAULT_HEALTH_PATH = "/health";
/** A worker that runs this long has survived its start: reading configuration and connecting to its stores. */
export const DEFAULT_STAYS_UP_MS = 3_000;

/** The release that the settings describe for `color`; undefined where it has no version. */
export function releaseFromSettings(settings: ReleaseSettings, color: Color): Release | undefined {
	const { version, revision } = settings.colors[color];
	if (version === undefined) return undefined;
	return { version, ...defined({ revision }), services: servicesFromSettings(settings, color, version) };
}

/** What the services of a release would be by the settings as they are now. */
export function servicesFromSettings(
	settings: ReleaseSettings,
	color: Color,
	version: string,
): Record<string, ReleasedService> {
	return Object.fromEntries(
		Object.entries(settings.services).map(([name, service]) => [
			name,
			releasedService(service, imageOf(settings, color, name, version), version),
		]),
	);
}

/** The image of one service; the color's own list wins over the template. Empty where neither names one. */
export function imageOf(settings: ReleaseSettings, color: Color, service: string, version: string): string {
	const { images } = settings.colors[color];
	const own = Object.hasOwn(images, service) ? images[service] : undefined;
	const image = own ?? settings.images ?? "";
	return image.replaceAll("{service}", service).replaceAll("{version}", version);
}

function releasedService(service: Service, image: string, version: string): ReleasedService {
	const {
		port,
		route,
		routes,
		health,
		warmUp,
		env,
		secrets,
		databases,
		secretsAs,
		resources,
		command,
		onlyWhenActive,
	} = service;
	return {
		image,
		...defined({ port, route, routes: routes?.map(publicRoute) }),
		readiness: readinessOf(port, health, version),
		...(warmUp && port !== undefined && { warmUp: { ...warmUpOf(warmUp), port } }),
		...defined({ healthCommand: health?.command }),
		env,
		secrets,
		...defined({ databases }),
		secretsAs,
		resources: defined(resources),
		...defined({ command }),
		onlyWhenActive,
		stopGraceMs: service.stopGrace,
		replicaCount: service.replicas,
	};
}

function publicRoute({ host, path, stripPrefix }: NonNullable<Service["routes"]>[number]): PublicRoute {
	return { ...defined({ host }), path, ...(stripPrefix && path !== "/" && { stripPrefix }) };
}

function warmUpOf({ paths, requests, connections, within }: NonNullable<Service["warmUp"]>) {
	return { paths, requests, connections, withinMs: within };
}

function readinessOf(port: number | undefined, health: Service["health"], wanted: string): Readiness {
	const docker = health?.docker === true || health?.command !== undefined;
	const staysUpMs = health?.staysUp;
	const said = docker || staysUpMs !== undefined || health?.path !== undefined;
	if (!said && port === undefined) return { staysUpMs: DEFAULT_STAYS_UP_MS };
	const path = health?.path ?? (said ? undefined : DEFAULT_HEALTH_PATH);
	return {
		...(path !== undefined &&
			port !== undefined && { http: { port, path, ...defined({ status: health?.status }) } }),
		...(docker && { docker }),
		...defined({ staysUpMs }),
		...(health?.version !== undefined &&
			port !== undefined && { version: { port, wanted, ...(defined(health.version) as { path: string }) } }),
	};
}

/** Without the entries that are undefined: state and diffs hold only what is said. */
export function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
	return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as {
		[K in keyof T]?: Exclude<T[K], undefined>;
	};
}
