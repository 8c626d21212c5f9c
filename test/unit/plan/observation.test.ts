import { describe, expect, it } from "vitest";
import { planObservation } from "../../../components/plan/observation";
import { planRelease } from "../../../components/plan/plan";
import { NOTHING_DEPLOYED } from "../../../components/plan/types";
import { type ReleaseInput, release } from "../../../components/settings/schema";

function planned(observe: ReleaseInput["observe"]) {
	const settings = release.parse({
		activeColor: "blue",
		images: "shop-{service}:{version}",
		colors: { blue: { version: "1.0.0" } },
		services: { web: { port: 80, route: "/" }, api: { port: 80, route: "/api" }, worker: {} },
		observe,
	});
	return planObservation(settings, planRelease(settings, NOTHING_DEPLOYED, "shop"));
}

describe("how closely it is looked", () => {
	it("is not at all where nothing is limited: requests are only counted", () => {
		expect(planned({ window: "5m" })).toEqual({
			everyMs: 1_000,
			windowMs: 0,
			routes: [],
			prometheus: [],
			probes: [],
		});
	});

	it("has shares and milliseconds, and the routes of the new color", () => {
		expect(planned({ maxErrorRate: 0.5, maxP99: "1s", compare: "old", byRoute: true, every: "2s" })).toEqual({
			everyMs: 2_000,
			windowMs: 60_000,
			limits: { minRequests: 100, maxErrorShare: 0.005, maxP99Ms: 1_000, compareWithOld: true },
			routes: ["/api", "/"],
			prometheus: [],
			probes: [],
		});
	});

	it("does not judge requests where only queries and probes are limits", () => {
		const observation = planned({
			window: "10s",
			probes: [{ command: ["true"], in: "web" }, { command: ["a"] }],
		});
		expect(observation).toMatchObject({
			windowMs: 10_000,
			probes: [
				{ command: ["true"], deadlineMs: 10_000, service: "web" },
				{ command: ["a"], deadlineMs: 10_000 },
			],
		});
		expect(observation.limits).toBeUndefined();
	});
});
