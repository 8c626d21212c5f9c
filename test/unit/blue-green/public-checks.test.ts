import { describe, expect, test } from "vitest";
import { publicChecks } from "../../../components/blue-green/public-checks";
import { planRelease } from "../../../components/plan/plan";
import { NOTHING_DEPLOYED } from "../../../components/plan/types";
import { type ReleaseInput, release } from "../../../components/settings/schema";

function checks(services: ReleaseInput["services"]) {
	const settings = release.parse({
		activeColor: "blue",
		colors: { blue: { version: "1.0.0" } },
		images: "shop-{service}:{version}",
		services,
	});
	return publicChecks(planRelease(settings, NOTHING_DEPLOYED, "shop-prod").active);
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
});
