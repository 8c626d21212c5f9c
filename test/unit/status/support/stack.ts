import { CONTAINER_TYPE } from "../../../../components/plan/deployed";
import { LABEL } from "../../../../components/plan/names";
import type { HostStatus, SeenContainer, StateStatus } from "../../../../components/runtime/status/types";
import type { Color } from "../../../../components/settings/schema";

/** When all of it is looked at. */
export const NOW = Date.parse("2026-11-21T12:00:00.000Z");
const HOUR_MS = 3_600_000;

export function container(name: string, changes: Partial<SeenContainer> = {}): SeenContainer {
	return {
		id: `id-of-${name}`,
		name: `shop-prod-${name}`,
		status: "running",
		labels: {},
		published: [],
		restarts: 0,
		exitCode: 0,
		outOfMemory: false,
		startedAtMs: NOW - 3 * HOUR_MS,
		image: "registry.example.com/caddy:2.11-alpine",
		...changes,
	};
}

export function replica(color: Color, version: string, changes: Partial<SeenContainer> = {}): SeenContainer {
	const labels = {
		[LABEL.role]: "service",
		[LABEL.color]: color,
		[LABEL.service]: "web",
		[LABEL.version]: version,
	};
	const readiness = { ready: true, seen: "GET /health answered 200" };
	return container(`${color}-web-1`, { labels, readiness, ...changes });
}

/** Green serves, blue stands by, and all is as the state says. */
export function wellHost(changes: Partial<HostStatus> = {}): HostStatus {
	return {
		atMs: NOW,
		containers: [
			container("proxy", { labels: { [LABEL.role]: "proxy" } }),
			replica("blue", "1.0.0"),
			replica("green", "2.0.0"),
			container("db-main", { labels: { [LABEL.role]: "database" }, image: "postgres:17", health: "healthy" }),
		],
		networks: [],
		proxy: {
			caddyVersion: "v2.11.9",
			runsItsCaddyfile: true,
			inFlight: { blue: { requests: 0, streams: 0 }, green: { requests: 3, streams: 1 } },
		},
		switchValue: "g",
		caddyfile: "a Caddyfile",
		releases: { blue: { version: "1.0.0", services: {} }, green: { version: "2.0.0", services: {} } },
		schema: "2",
		switches: [
			{
				id: "a",
				startedAt: new Date(NOW - 2 * HOUR_MS).toISOString(),
				who: "anna@laptop",
				process: { host: "laptop", pid: 1 },
				from: "blue",
				to: "green",
				versions: { blue: "1.0.0", green: "2.0.0" },
				outcome: "succeeded",
				durationMs: 4_200,
			},
		],
		...changes,
	};
}

/** A state that says just what this host shows. */
export function stateOf(
	{ containers }: HostStatus,
	cutover: StateStatus["cutover"] = {},
	pending: readonly string[] = [],
): StateStatus {
	const resources = Object.fromEntries(
		containers.map(({ id, name }) => [`urn::${name}`, { type: CONTAINER_TYPE, outputs: { id } }]),
	);
	const says = { activeColor: "green", maintenance: "off", caddyfile: "a Caddyfile" } as const;
	return { resources, cutover: { ...says, ...cutover }, targets: [], pending };
}
