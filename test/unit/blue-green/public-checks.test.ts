import { describe, expect, test } from "vitest";
import { publicChecks } from "../../../components/blue-green/public-checks";
import { planRelease } from "../../../components/plan/plan";
import { NOTHING_DEPLOYED } from "../../../components/plan/types";
import { type ReleaseInput, release } from "../../../components/settings/schema";

function checks(services: ReleaseInput["services"], host?: string) {
	const settings = release.parse({
		activeColor: "blue",
		colors: { blue: { version: "1.0.0" } },
		images: "shop-{service}:{version}",
		services,
	});
	return publicChecks(planRelease(settings, NOTHING_DEPLOYED, "shop-prod").active, host);
}

describe("what is asked through the proxy", () => {
	test("the health of what is routed; of a route alone only that it is no server error", () => {
		expect(
			checks({
				web: { port: 3000, route: "/" },
				api: { port: 3000, route: "/api", health: { path: "/ready" } },
				hidden: { port: 3000 },
			}),
		).toEqual([
			{ service: "web", path: "/health", expect: "2xx" },
			{ service: "api", path: "/api", expect: "below-500" },
		]);
	});

	test("the version, where the route reaches the path that tells it", () => {
		const version = { path: "/version", json: "version" };
		expect(
			checks({
				web: { port: 3000, route: "/", health: { version } },
				api: { port: 3000, route: "/api", health: { path: "/api/health", version } },
				hidden: { port: 3000, health: { version } },
			}),
		).toEqual([
			{ service: "web", path: "/health", expect: "2xx" },
			{ service: "web", path: "/version", expect: "2xx", version: { json: "version", wanted: "1.0.0" } },
			{ service: "api", path: "/api/health", expect: "2xx" },
		]);
	});

	test("every public address of a service, under its host, and its version once", () => {
		const version = { path: "/version" };
		expect(
			checks(
				{
					web: {
						port: 3000,
						routes: [{ path: "/" }, { host: "*.example.org", path: "/shop" }],
						health: { version },
					},
					api: {
						port: 3000,
						routes: [
							{ host: "api.example.com", path: "/" },
							{ path: "/api", stripPrefix: true },
						],
						health: { path: "/up", version },
					},
				},
				"shop.example.com",
			),
		).toEqual([
			{ service: "web", path: "/health", expect: "2xx" },
			{ service: "web", host: "www.example.org", path: "/shop", expect: "below-500" },
			{ service: "web", path: "/version", expect: "2xx", version: { wanted: "1.0.0" } },
			{ service: "api", host: "api.example.com", path: "/up", expect: "2xx" },
			{ service: "api", path: "/api/up", expect: "2xx" },
			{
				service: "api",
				host: "api.example.com",
				path: "/version",
				expect: "2xx",
				version: { wanted: "1.0.0" },
			},
		]);
	});
});
