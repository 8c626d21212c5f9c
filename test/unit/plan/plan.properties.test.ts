import fc from "fast-check";
import { expect, test } from "vitest";
import { colorAlias } from "../../../components/plan/names";
import { planRelease } from "../../../components/plan/plan";
import { releaseFromSettings } from "../../../components/plan/released";
import { type Deployed, NOTHING_DEPLOYED, type PlannedService } from "../../../components/plan/types";
import { renderCaddyfile } from "../../../components/proxy/caddyfile";
import { routesOf } from "../../../components/proxy/color-routes";
import { COLORS, otherColor, type ReleaseSettings } from "../../../components/settings/schema";
import { input, PREFIX, settings, settingsOf, throughState, version } from "./arbitraries";

const SITE = { httpPort: 8080, hosts: [], colorHeader: "X-Color", holdForMs: 30_000 };

function caddyfile(of: ReleaseSettings, deployed: Deployed): string {
	const { routing } = planRelease(of, deployed, PREFIX);
	return renderCaddyfile(SITE, { blue: routesOf(routing.blue), green: routesOf(routing.green) });
}

/** What the state holds after `of` has been carried out. */
function deployedBy(of: ReleaseSettings, before: Deployed = NOTHING_DEPLOYED): Deployed {
	const { active, standby } = planRelease(of, before, PREFIX);
	const releases = { [active.color]: active.release, ...(standby && { [standby.color]: standby.release }) };
	return throughState({ serving: of.activeColor, releases });
}

function containersOf(services: readonly PlannedService[]): string[] {
	return services.flatMap(({ replicas }) => replicas.map(({ container }) => container));
}

function upstreamsOf(services: readonly PlannedService[]): string[] {
	return services.flatMap(({ replicas }) => replicas.flatMap(({ upstream }) => upstream ?? []));
}

function overlap(a: readonly string[], b: readonly string[]): string[] {
	return a.filter((one) => b.includes(one));
}

test("container names are unique over colors, services and replicas", () => {
	fc.assert(
		fc.property(settings, (of) => {
			const { routing } = planRelease(of, NOTHING_DEPLOYED, PREFIX);
			const all = COLORS.flatMap((color) => containersOf(routing[color]));
			expect(new Set(all).size).toBe(all.length);
			for (const one of all) expect(one).toMatch(/^[a-z0-9][a-z0-9-]*$/);
		}),
	);
});

test("no two colors share a container, an upstream or a DNS name", () => {
	fc.assert(
		fc.property(settings, (of) => {
			const { blue, green } = planRelease(of, NOTHING_DEPLOYED, PREFIX).routing;
			expect(overlap(containersOf(blue), containersOf(green))).toEqual([]);
			expect(overlap(upstreamsOf(blue), upstreamsOf(green))).toEqual([]);
			const aliases = COLORS.map((color) => Object.keys(of.services).map((name) => colorAlias(color, name)));
			expect(overlap(aliases[0] ?? [], aliases[1] ?? [])).toEqual([]);
			expect(overlap(aliases.flat(), Object.keys(of.services))).toEqual([]);
		}),
	);
});

test("names are the same whatever the version, whichever color is active", () => {
	fc.assert(
		fc.property(input, version, version, (written, blue, green) => {
			const before = planRelease(settingsOf(written), NOTHING_DEPLOYED, PREFIX).routing;
			const after = planRelease(
				settingsOf({
					...written,
					activeColor: otherColor(written.activeColor),
					colors: { blue: { version: blue }, green: { version: green } },
				}),
				NOTHING_DEPLOYED,
				PREFIX,
			).routing;
			for (const color of COLORS) expect(containersOf(after[color])).toEqual(containersOf(before[color]));
		}),
	);
});

test("a release keeps its services while its version stays, whatever the settings say", () => {
	fc.assert(
		fc.property(input, input, (written, other) => {
			const deployed = deployedBy(settingsOf(written));
			const changed = settingsOf({ ...other, colors: written.colors, activeColor: written.activeColor });
			const { active } = planRelease(changed, deployed, PREFIX);
			const released = deployed.releases[active.color];
			const { services } = active.release;
			expect(Object.keys(services)).toEqual(Object.keys(released?.services ?? {}));
			expect(active.kept).toBe(true);
			for (const [name, service] of Object.entries(services)) {
				const replicaCount = changed.services[name]?.replicas ?? released?.services[name]?.replicaCount;
				expect(service).toEqual({ ...released?.services[name], replicaCount });
			}
		}),
	);
});

test("what the same settings released is not held back, and not released again", () => {
	fc.assert(
		fc.property(settings, (of) => {
			const { active, standby } = planRelease(of, deployedBy(of), PREFIX);
			for (const planned of [active, standby]) {
				expect(planned?.heldBack).toEqual([]);
				expect(planned?.kept).toBe(true);
				expect(planned?.release).toEqual(releaseFromSettings(of, planned?.color ?? "blue"));
			}
		}),
	);
});

test("a first release, a further one and a rollback leave the proxy's configuration as it is", () => {
	fc.assert(
		fc.property(input, version, (written, next) => {
			const { activeColor: first, colors } = written;
			const second = otherColor(first);
			// Green may not even have a version when blue is released for the first time.
			const alone = { ...written, colors: { [first]: colors[first], [second]: {} } } as typeof written;
			const one = settingsOf(alone);
			const text = caddyfile(one, NOTHING_DEPLOYED);
			const steps = [
				written,
				{ ...written, activeColor: second },
				{ ...written, activeColor: second, colors: { ...colors, [first]: { version: `${next}-rc` } } },
				{ ...written, activeColor: first, colors: { ...colors, [first]: { version: `${next}-rc` } } },
			];
			let deployed = deployedBy(one);
			for (const step of steps.map((each) => settingsOf(each))) {
				expect(caddyfile(step, NOTHING_DEPLOYED)).toBe(text);
				expect(caddyfile(step, deployed)).toBe(text);
				deployed = deployedBy(step, deployed);
			}
		}),
	);
});

test("services that run once are declared for the active color only", () => {
	fc.assert(
		fc.property(settings, (of) => {
			const { active, standby } = planRelease(of, NOTHING_DEPLOYED, PREFIX);
			expect(active.services.every(({ declared }) => declared)).toBe(true);
			for (const { onlyWhenActive, declared } of standby?.services ?? []) {
				expect(declared).toBe(of.standby === "warm" && !onlyWhenActive);
			}
		}),
	);
});

test("a removed standby declares nothing, and is still routed", () => {
	fc.assert(
		fc.property(settings, (of) => {
			const warm = planRelease({ ...of, standby: "warm" }, NOTHING_DEPLOYED, PREFIX);
			const removed = planRelease({ ...of, standby: "removed" }, NOTHING_DEPLOYED, PREFIX);
			expect(removed.standby?.services.some(({ declared }) => declared)).toBe(false);
			const standby = otherColor(of.activeColor);
			expect(upstreamsOf(removed.routing[standby])).toEqual(upstreamsOf(warm.routing[standby]));
		}),
	);
});

test("replicas scale without a release", () => {
	fc.assert(
		fc.property(input, fc.integer({ min: 1, max: 64 }), (written, replicas) => {
			const scaled = Object.entries(written.services).map(([name, one]) => [name, { ...one, replicas }]);
			const after = settingsOf({ ...written, services: Object.fromEntries(scaled) });
			const { active, standby } = planRelease(after, deployedBy(settingsOf(written)), PREFIX);
			for (const planned of [active, standby]) {
				expect(planned?.kept).toBe(true);
				expect(planned?.heldBack).toEqual([]);
				for (const service of planned?.services ?? []) expect(service.replicas).toHaveLength(replicas);
			}
		}),
	);
});

test("a release goes through the state unchanged", () => {
	fc.assert(
		fc.property(settings, (of) => {
			for (const color of COLORS) {
				const release = releaseFromSettings(of, color);
				expect(throughState(release)).toStrictEqual(release);
			}
		}),
	);
});
