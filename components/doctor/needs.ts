import { databaseName, proxyName } from "../plan/names";
import { planRelease } from "../plan/plan";
import type { Deployed, PlannedColor } from "../plan/types";
import { COLORS, type Settings } from "../settings/schema";

/** An image that the stack wants on its Docker host. */
export interface NeededImage {
	/** For people: "green web", "database main", "proxy". */
	readonly what: string;
	readonly image: string;
	/** Images of the same service in other releases, by whose size this one's can be guessed. */
	readonly alike: readonly string[];
}

/** A container that the stack has, or is about to have. */
export interface NeededContainer {
	readonly container: string;
	/** For people, and the same for all replicas: "green web". */
	readonly what: string;
	/** The setting of its limit: "services.web.resources.memoryMb". */
	readonly limitSetting: string;
	/** That limit; unset: it may take all that there is. */
	readonly memoryBytes?: number;
	/** Whether this `up` declares it. Otherwise it may run beside the others for a while, until it is removed. */
	readonly declared: boolean;
	/** Containers of the same service in the other color, by whose use this one's can be guessed. */
	readonly alike: readonly string[];
}

/** What a stack takes of its Docker host while both colors are there. */
export interface Needs {
	readonly images: readonly NeededImage[];
	readonly containers: readonly NeededContainer[];
}

const MEBIBYTE = 1024 * 1024;

/** Settings and what is deployed in, needs out; without the services where the active color has no version. */
export function needsOf(settings: Settings, deployed: Deployed, prefix: string): Needs {
	const colors = plannedColors(settings, deployed, prefix);
	const { databases, proxy } = settings;
	const shared = [
		...Object.entries(databases).map(([name, { image, resources }]) => ({
			what: `database ${name}`,
			setting: `databases.${name}`,
			container: databaseName(prefix, name),
			image,
			resources,
		})),
		{
			what: "proxy",
			setting: "proxy",
			container: proxyName(prefix),
			image: proxy.image,
			resources: proxy.resources,
		},
	];
	return {
		images: [
			...colors.flatMap((color) => imagesOf(color, deployed, colors)),
			...shared.map(({ what, image }) => ({ what, image, alike: [] })),
		],
		containers: [
			...colors.flatMap((color) => containersOf(color, colors)),
			...shared.map(({ what, setting, container, resources }) => ({
				what,
				container,
				...limit(setting, resources.memoryMb),
				declared: true,
				alike: [],
			})),
		],
	};
}

function plannedColors(settings: Settings, deployed: Deployed, prefix: string): PlannedColor[] {
	if (settings.colors[settings.activeColor].version === undefined) return [];
	const { active, standby } = planRelease(settings, deployed, prefix);
	return COLORS.flatMap((color) => [active, standby].find((planned) => planned?.color === color) ?? []);
}

function imagesOf(
	{ color, services }: PlannedColor,
	{ releases }: Deployed,
	all: readonly PlannedColor[],
): NeededImage[] {
	return services
		.filter(({ declared }) => declared)
		.map(({ name, image }) => {
			const elsewhere = [
				...all.map((planned) => planned.services.find((service) => service.name === name)?.image),
				...Object.values(releases).map((release) => release.services[name]?.image),
			];
			const alike = elsewhere.filter((one): one is string => one !== undefined && one !== image);
			return { what: `${color} ${name}`, image, alike: [...new Set(alike)] };
		});
}

function containersOf({ color, services }: PlannedColor, all: readonly PlannedColor[]): NeededContainer[] {
	return services.flatMap(({ name, replicas, resources, declared }) => {
		const other = all.find((planned) => planned.color !== color);
		const alike = other?.services.find((service) => service.name === name)?.replicas ?? [];
		return replicas.map(({ container }) => ({
			what: `${color} ${name}`,
			container,
			...limit(`services.${name}`, resources.memoryMb),
			declared,
			alike: alike.map((replica) => replica.container),
		}));
	});
}

function limit(setting: string, memoryMb: number | undefined) {
	const limitSetting = `${setting}.resources.memoryMb`;
	return memoryMb === undefined ? { limitSetting } : { limitSetting, memoryBytes: memoryMb * MEBIBYTE };
}
