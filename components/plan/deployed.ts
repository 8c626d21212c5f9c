import { readSwitchValue } from "../proxy/switch-file";
import { COLORS, type Color } from "../settings/schema";
import { LABEL } from "./names";
import { sameRelease } from "./plan";
import type { Deployed, Release } from "./types";

/** A resource as the stack's state has it. */
export interface StateResource {
	readonly type: string;
	readonly outputs: Readonly<Record<string, unknown>>;
}

export const CONTAINER_TYPE = "docker:index/container:Container";
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
	if (entry === undefined) return { releases: {} };
	const { activeColor, releases: recorded } = entry[1].outputs;
	const serving = COLORS.find((color) => color === activeColor);
	const releases = (recorded ?? {}) as Partial<Record<Color, Release>>;
	const containers = Object.entries(resources)
		.filter(([, { type }]) => type === CONTAINER_TYPE)
		.map(([urn, { outputs }]) => ({
			name: urn.split("::").at(-1) ?? "",
			labels: Object.fromEntries(
				((outputs.labels ?? []) as DockerLabel[]).map(({ label, value }) => [label, value]),
			),
		}));
	const unfinished = unfinishedColors(containers, prefix, releases);
	return {
		...(serving && { serving }),
		releases,
		...(unfinished.length > 0 && { unfinished }),
		...presentVersions(containers, prefix),
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
	readonly switchValue: string;
	/** What the cutovers recorded. */
	readonly releases: Readonly<Partial<Record<Color, Release>>>;
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
			releases: host.releases,
			...(unfinished.length > 0 && { unfinished }),
			...(runs && others.length === 0 && { servingRelease: runs }),
			...presentVersions(host.containers, prefix),
		},
		published: host.containers.flatMap(({ published }) => published),
	};
}

type Identity = NonNullable<Deployed["servingRelease"]>;

interface LabelledContainer {
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
}

/** Colors of which some container is of another release than the recorded one. */
function unfinishedColors(
	containers: readonly LabelledContainer[],
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

function presentVersions(
	containers: readonly LabelledContainer[],
	prefix: string,
): Pick<Deployed, "present"> {
	const versions = COLORS.map((color) => {
		const all = identities(containers, prefix, color).map(({ version }) => version);
		return [color, [...new Set(all)].sort()] as const;
	});
	const present = versions.filter(([, all]) => all.length > 0);
	return present.length > 0 ? { present: Object.fromEntries(present) } : {};
}

/** The different releases that the containers of a color are of, by their labels. */
function identities(containers: readonly LabelledContainer[], prefix: string, color: Color): Identity[] {
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
