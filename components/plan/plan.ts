import { isDeepStrictEqual } from "node:util";
import { type Color, otherColor, type ReleaseSettings } from "../settings/schema";
import { replicaName } from "./names";
import { withoutPin } from "./pins";
import { releaseFromSettings, servicesFromSettings } from "./released";
import { storeNames } from "./store-names";
import { isForward, nextPause, trialPolicy } from "./trial";
import { trafficText } from "./trial-text";
import type {
	Deployed,
	PlannedColor,
	PlannedService,
	PlannedTrial,
	Release,
	ReleasedService,
	ReleasePlan,
} from "./types";

/**
 * Settings and what is deployed in, plan out: pure, no I/O.
 *
 * A release is fixed by its version (and revision): while a color's version stays the same, its containers stay
 * as they were released, whatever else the settings say by now. Otherwise a change of, say, `services.web.env`
 * would replace the containers that are serving, and a rollback would go back to something that never ran.
 * The number of replicas is not fixed by a release: scaling takes effect at once.
 *
 * Expects settings that `checkRelease` found no problems in.
 *
 * @param logins Of each database, the newest last: a new release gets it.
 */
export function planRelease(
	settings: ReleaseSettings,
	deployed: Deployed,
	prefix: string,
	logins: Logins = {},
): ReleasePlan {
	const trial = planTrial(settings, deployed);
	// Where the `up` ends with both colors serving, each needs all that it consists of.
	const both = trial?.pausesAt !== undefined;
	const active = planColor(settings, deployed, prefix, settings.activeColor, logins, both);
	if (active === undefined) throw new Error(`${settings.activeColor} has no version`);
	const standby = planColor(settings, deployed, prefix, otherColor(settings.activeColor), logins, both);
	const routing = (color: Color) =>
		[active, standby].find((planned) => planned?.color === color)?.services ??
		unreleased(settings, prefix, color);
	return {
		prefix,
		active,
		...(standby && { standby }),
		routing: { blue: routing("blue"), green: routing("green") },
		traffic: trafficText(active, deployed, trial),
		trafficMoves: deployed.serving !== active.color,
		...(trial && { trial }),
		forward: isForward(deployed, active.color, active.release),
	};
}

function planTrial(settings: ReleaseSettings, deployed: Deployed): PlannedTrial | undefined {
	const color = settings.activeColor;
	const release = releaseFromSettings(settings, color);
	if (release === undefined) return undefined;
	const policy = trialPolicy(settings, deployed, color, release);
	if (policy === undefined) return undefined;
	const at = deployed.trial?.percent;
	// Behind the page of maintenance there is nobody to lead: a trial that is under way stays as it is, and none begins.
	if (settings.maintenance === "on") return at === undefined ? undefined : { ...policy, pausesAt: at };
	const pause = nextPause(policy, at);
	return { ...policy, ...(pause && { pausesAt: pause.percent }) };
}

/** The colors that visitors are on: both of them during a trial. */
export function servingColorsOf({ serving, trial }: Deployed): Color[] {
	if (trial !== undefined) return [otherColor(trial.to), trial.to];
	return serving === undefined ? [] : [serving];
}

/** The services that a first release of `color` would have; none of them declared. */
function unreleased(settings: ReleaseSettings, prefix: string, color: Color): PlannedService[] {
	return planServices(servicesFromSettings(settings, color, ""), prefix, color, () => false);
}

function planColor(
	settings: ReleaseSettings,
	deployed: Deployed,
	prefix: string,
	color: Color,
	logins: Logins,
	both: boolean,
): PlannedColor | undefined {
	const wanted = releaseFromSettings(settings, color);
	if (wanted === undefined) return undefined;
	const before = deployed.releases[color];
	const intact = !deployed.unfinished?.includes(color);
	const same = intact && before !== undefined && sameRelease(before, wanted);
	// What serves is kept even where its record is missing, because the `up` that released it was killed.
	const kept = same || servingColorsOf(deployed).includes(color);
	const release = withLogins(same ? rescaled(before, wanted) : wanted, logins, (database) =>
		kept ? (before?.logins?.[database] ?? deployed.logins?.[color]?.[database]?.[0]) : undefined,
	);
	const isActive = color === settings.activeColor;
	const declared = (service: ReleasedService) =>
		isActive || both || (settings.standby === "warm" && !service.onlyWhenActive);
	const services = planServices(release.services, prefix, color, declared);
	const stores = storeNames(prefix, release);
	return { color, release, services, stores, kept, heldBack: differences(release, wanted) };
}

type Logins = Readonly<Record<string, readonly string[]>>;

/** What is kept keeps its login for as long as that is valid; what is new has the newest. */
function withLogins(
	release: Release,
	logins: Logins,
	kept: (database: string) => string | undefined,
): Release {
	const chosen = Object.entries(logins).map(([database, valid]) => {
		const before = kept(database);
		const login = before !== undefined && valid.includes(before) ? before : valid.at(-1);
		return [database, login ?? ""] as const;
	});
	const { logins: _, ...rest } = release;
	return chosen.length === 0 ? rest : { ...rest, logins: Object.fromEntries(chosen) };
}

function planServices(
	services: Readonly<Record<string, ReleasedService>>,
	prefix: string,
	color: Color,
	declared: (service: ReleasedService) => boolean,
): PlannedService[] {
	return Object.entries(services).map(([name, service]) => ({
		...service,
		name,
		declared: declared(service),
		replicas: replicasOf(prefix, color, name, service),
	}));
}

function replicasOf(prefix: string, color: Color, name: string, service: ReleasedService) {
	return Array.from({ length: service.replicaCount }, (_, index) => {
		const container = replicaName(prefix, color, name, index + 1);
		return service.port === undefined
			? { container }
			: { container, upstream: `${container}:${service.port}` };
	});
}

/** The release as it was, with the number of replicas that is wanted now; a service that is not wanted any more keeps its own. */
function rescaled(release: Release, wanted: Release): Release {
	const services = Object.entries(release.services).map(([name, service]) => {
		const replicaCount = wanted.services[name]?.replicaCount ?? service.replicaCount;
		return [name, { ...service, replicaCount }] as const;
	});
	return { ...release, services: Object.fromEntries(services) };
}

/** Whether two releases are one and the same: by version and revision, not by what the settings say now. */
export function sameRelease(
	a: Pick<Release, "version" | "revision">,
	b: Pick<Release, "version" | "revision">,
): boolean {
	return a.version === b.version && a.revision === b.revision;
}

function differences(released: Release, wanted: Release): string[] {
	const names = new Set([...Object.keys(released.services), ...Object.keys(wanted.services)]);
	return [...names]
		.filter((name) => !isDeepStrictEqual(settingsOf(released, name), settingsOf(wanted, name)))
		.sort();
}

function settingsOf({ services }: Release, name: string) {
	const service = services[name];
	return service && withoutPin(service);
}
