import { readSwitch, readSwitchValue } from "../proxy/switch-file";
import { COLORS, type Color, type Maintenance } from "../settings/schema";
import { deployedDatabases } from "./database-record";
import { readLoginsLabel } from "./logins";
import { LABEL } from "./names";
import { sameRelease } from "./plan";
import { type ServedReleases, sameShare } from "./trial";
import type { Deployed, Release, TrialSeen } from "./types";

/** A resource as the stack's state has it. */
export interface StateResource {
	readonly type: string;
	readonly outputs: Readonly<Record<string, unknown>>;
}

export const CONTAINER_TYPE = "docker:index/container:Container";
const VOLUME_TYPE = "docker:index/volume:Volume";
export const CUTOVER_TYPE = "pulumi-nodejs:dynamic/blueGreen:Cutover";

/**
 * What is deployed, from the outputs of the cutover and the labels of the containers in the stack's state.
 *
 * @param resources By URN, as the engine gives them.
 * @param prefix Of the `BlueGreen` that is asked for; a stack may hold several.
 */
export function deployedIn(resources: Readonly<Record<string, StateResource>>, prefix: string): Deployed {
	const entry = Object.entries(resources).find(
		([urn, { type }]) => type === CUTOVER_TYPE && urn.endsWith(`::${prefix}-cutover`),
	);
	const databases = databasesIn(resources, prefix);
	if (entry === undefined) return { releases: {}, ...databases };
	const { activeColor, maintenance, releases: recorded, onTrial, served } = entry[1].outputs as CutoverState;
	const serving = COLORS.find((color) => color === activeColor);
	const releases = recorded ?? {};
	const containers = labelled(resources, CONTAINER_TYPE);
	const unfinished = unfinishedColors(containers, prefix, releases);
	return {
		...(serving && { serving }),
		...(onTrial && { trial: { to: onTrial.to, percent: onTrial.share, paused: onTrial.paused } }),
		...(served && { served }),
		...(maintenance === "on" && { maintenance }),
		releases,
		...(unfinished.length > 0 && { unfinished }),
		...loginsInUse(containers, prefix),
		...presentVersions(containers, prefix),
		...databases,
	};
}

/** The outputs of the cutover, as far as they matter here. */
interface CutoverState {
	readonly activeColor?: string;
	readonly maintenance?: Maintenance;
	readonly releases?: Deployed["releases"];
	readonly onTrial?: RecordedTrial;
	readonly served?: ServedReleases;
}

/** What an `up` that has ended says of a trial; see `TrialRecord` in runtime/steps.ts. */
interface RecordedTrial {
	readonly to: Color;
	readonly share: number;
	readonly paused: boolean;
}

/** The databases and their volumes, as the state has them. */
function databasesIn(resources: Readonly<Record<string, StateResource>>, prefix: string): DeployedDatabases {
	return databasesAmong(labelled(resources, CONTAINER_TYPE), labelled(resources, VOLUME_TYPE), prefix);
}

/** Name and labels of all resources of a type. */
function labelled(resources: Readonly<Record<string, StateResource>>, wanted: string): LabelledThing[] {
	return Object.entries(resources)
		.filter(([, { type }]) => type === wanted)
		.map(([urn, { outputs }]) => ({
			name: urn.split("::").at(-1) ?? "",
			labels: Object.fromEntries(
				((outputs.labels ?? []) as DockerLabel[]).map(({ label, value }) => [label, value]),
			),
		}));
}

type DeployedDatabases = Pick<Deployed, "databases" | "databaseVolumes">;

/** The databases among these containers, and what is labelled as theirs among the volumes; nothing where there is none. */
export function databasesAmong(
	containers: readonly LabelledThing[],
	volumes: readonly LabelledThing[],
	prefix: string,
): DeployedDatabases {
	const databases = deployedDatabases(containers, prefix);
	const owned = volumes.flatMap(({ name, labels }) => {
		const database = labels[LABEL.database];
		return database === undefined ? [] : [{ name, database }];
	});
	const databaseVolumes = Object.fromEntries(
		owned.map(({ database }) => [
			database,
			owned
				.filter((one) => one.database === database)
				.map(({ name }) => name)
				.sort(),
		]),
	);
	return {
		...(Object.keys(databases).length > 0 && { databases }),
		...(owned.length > 0 && { databaseVolumes }),
	};
}

/** A label as @pulumi/docker has it. */
interface DockerLabel {
	readonly label: string;
	readonly value: string;
}

/** A container as the Docker host shows it. */
export interface HostContainer {
	readonly id: string;
	readonly name: string;
	/** Docker's word: created, running, restarting, paused, exited, dead, removing. */
	readonly status: string;
	readonly labels: Readonly<Record<string, string>>;
	/** Addresses on the host, such as "127.0.0.1:8080". */
	readonly published: readonly string[];
}

/** A released stack as its Docker host shows it. */
export interface HostObservation {
	readonly containers: readonly Pick<HostContainer, "name" | "labels" | "published">[];
	readonly volumes: readonly LabelledThing[];
	readonly switchValue: string;
	/** What the cutovers recorded. */
	readonly releases: Readonly<Partial<Record<Color, Release>>>;
	readonly served?: ServedReleases;
	/** Of the last `up` that has ended well. */
	readonly trial?: RecordedTrial;
}

/** What is deployed, from what the Docker host shows. */
export function deployedOn(
	host: HostObservation,
	prefix: string,
): { deployed: Deployed; published: string[] } {
	const serving = readSwitchValue(host.switchValue);
	const unfinished = unfinishedColors(host.containers, prefix, host.releases);
	const [runs, ...others] = serving === "shared" ? [] : identities(host.containers, prefix, serving);
	return {
		deployed: {
			...(serving !== "shared" && { serving }),
			...trialOn(host),
			...(host.served && { served: host.served }),
			...(readSwitch(host.switchValue).maintenance && { maintenance: "on" as const }),
			releases: host.releases,
			...(unfinished.length > 0 && { unfinished }),
			...(runs && others.length === 0 && { servingRelease: runs }),
			...loginsInUse(host.containers, prefix),
			...presentVersions(host.containers, prefix),
			...databasesAmong(host.containers, host.volumes, prefix),
		},
		published: host.containers.flatMap(({ published }) => published),
	};
}

/** One that is interrupted has another share than the last good `up` has left, or was not there then. */
function trialOn({ switchValue, trial: recorded }: HostObservation): Pick<Deployed, "trial"> {
	const { traffic } = readSwitch(switchValue);
	if (typeof traffic === "string" || readSwitchValue(switchValue) !== "shared") return {};
	const { to, percent } = traffic;
	const known = recorded?.to === to && sameShare(recorded.share, percent);
	return { trial: { to, percent, ...(known && { paused: recorded.paused }) } satisfies TrialSeen };
}

type Identity = NonNullable<Deployed["servingRelease"]>;

/** A container or a volume. */
export interface LabelledThing {
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
}

/** Colors of which some container is of another release than the recorded one. */
function unfinishedColors(
	containers: readonly LabelledThing[],
	prefix: string,
	releases: Deployed["releases"],
): Color[] {
	return COLORS.filter((color) =>
		identities(containers, prefix, color).some((identity) => {
			const recorded = releases[color];
			return recorded === undefined || !sameRelease(recorded, identity);
		}),
	);
}

/** The logins that the containers of each color have, by database. */
function loginsInUse(containers: readonly LabelledThing[], prefix: string): Pick<Deployed, "logins"> {
	const of = (color: Color) => {
		const all = containers
			.filter(({ name }) => name.startsWith(`${prefix}-${color}-`))
			.flatMap(({ labels }) => readLoginsLabel(labels[LABEL.logins]));
		const logins: Record<string, string[]> = {};
		for (const [database, login] of all)
			logins[database] = [...new Set([...(logins[database] ?? []), login])];
		return logins;
	};
	const logins = { blue: of("blue"), green: of("green") };
	const some = Object.values(logins).some((all) => Object.keys(all).length > 0);
	return some ? { logins } : {};
}

function presentVersions(containers: readonly LabelledThing[], prefix: string): Pick<Deployed, "present"> {
	const versions = COLORS.map((color) => {
		const all = identities(containers, prefix, color).map(({ version }) => version);
		return [color, [...new Set(all)].sort()] as const;
	});
	const present = versions.filter(([, all]) => all.length > 0);
	return present.length > 0 ? { present: Object.fromEntries(present) } : {};
}

/** The different releases that the containers of a color are of, by their labels. */
function identities(containers: readonly LabelledThing[], prefix: string, color: Color): Identity[] {
	const all = containers
		.filter(({ name }) => name.startsWith(`${prefix}-${color}-`))
		.map(({ labels }): Identity => {
			const revision = labels[LABEL.revision];
			return { version: labels[LABEL.version] ?? "", ...(revision !== undefined && { revision }) };
		});
	return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

/** Addresses ("127.0.0.1:8080") that containers of this state publish: in use, but by the stack itself. */
export function publishedIn(resources: Readonly<Record<string, StateResource>>): string[] {
	return Object.values(resources).flatMap(({ type, outputs }) => {
		if (type !== CONTAINER_TYPE || !Array.isArray(outputs.ports)) return [];
		return (outputs.ports as { ip?: string; external?: number }[]).map(
			({ ip, external }) => `${ip ?? "0.0.0.0"}:${external}`,
		);
	});
}
