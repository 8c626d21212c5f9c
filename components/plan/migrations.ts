import type { Color, ReleaseSettings, Service } from "../settings/schema";
import type { Deployed, PlannedColor, ReleasePlan } from "./types";

/** The commands that run as one-shot containers; `verify` belongs to contract. */
export const PHASES = ["expand", "backfill", "contract"] as const;
export type Phase = (typeof PHASES)[number];

/** One phase for one version, as it is wanted by the settings; the journal in the database knows whether it has run. */
export interface PlannedRun {
	readonly phase: Phase;
	readonly color: Color;
	readonly version: string;
	readonly revision?: string;
	readonly image: string;
	/** Unset: nothing to run; that the version was released is noted all the same. */
	readonly command?: readonly string[];
	/**
	 * Nothing is run, and nothing of the resource is changed: the color stays as it was deployed, or contract has to wait.
	 */
	readonly rests: boolean;
	/** How the one-shot container gets the database's URL. */
	readonly secretsAs: "env" | "file";
	/** Versions of the schema that the color works with by the settings; unset: the image's label says, or any. */
	readonly range?: string;
}

export interface PlannedMigrations {
	/** Name of the database in the settings. */
	readonly database: string;
	readonly runs: readonly PlannedRun[];
	/** Why contract does not run yet though the way back is closed; for people. */
	readonly contractWaits?: string;
}

/** Whether the settings say anything of commands: without, no migration is declared. */
export function hasMigrations({ migrations }: ReleaseSettings): boolean {
	const { expand, backfill, contract } = migrations;
	return [expand, backfill, contract].some((command) => command !== undefined);
}

/** Name of the database that is migrated: the one that the settings name, or the only PostgreSQL. */
export function migratedDatabase(
	{ migrations }: ReleaseSettings,
	databases: Readonly<Record<string, { readonly type: string }>>,
): string | undefined {
	const all = Object.keys(databases).filter((name) => databases[name]?.type === "postgres");
	if (migrations.database !== undefined) return all.find((name) => name === migrations.database);
	return all.length === 1 ? all[0] : undefined;
}

/** The service whose image knows the commands. */
export function migratingService({ migrations, services }: ReleaseSettings): string {
	const takesTheRest = ({ route, routes }: Service) =>
		route === "/" || (routes ?? []).some(({ path }) => path === "/");
	const root = Object.entries(services).find(([, service]) => takesTheRest(service))?.[0];
	return migrations.service ?? root ?? Object.keys(services)[0] ?? "";
}

/** The image that the commands of a color's version run in, and that carries the label with the versions of the schema. */
export function migrationImage(settings: ReleaseSettings, { release }: PlannedColor): string {
	const template = settings.migrations.image;
	if (template !== undefined) return template.replaceAll("{version}", release.version);
	return release.services[migratingService(settings)]?.image ?? "";
}

/**
 * What is to be run around a release. Pure.
 *
 * @param database Name of the one that is migrated; see `migratedDatabase`.
 */
export function planMigrations(
	settings: ReleaseSettings,
	plan: ReleasePlan,
	deployed: Deployed,
	database: string,
): PlannedMigrations | undefined {
	if (!hasMigrations(settings)) return undefined;
	const { migrations } = settings;
	const run = (phase: Phase, planned: PlannedColor, rests: boolean): PlannedRun => {
		const { color, release } = planned;
		const range = settings.colors[color].schema;
		const command = migrations[phase];
		return {
			phase,
			color,
			version: release.version,
			...(release.revision !== undefined && { revision: release.revision }),
			image: migrationImage(settings, planned),
			...(command !== undefined && { command }),
			rests,
			secretsAs: settings.services[migratingService(settings)]?.secretsAs ?? "env",
			...(range !== undefined && { range }),
		};
	};
	const colors = [plan.active, ...(plan.standby === undefined ? [] : [plan.standby])].filter(declaresAny);
	const waits = contractWaits(settings, plan, deployed);
	// While the `up` ends with a pause, the old version still writes: nothing is filled, and nothing is taken away.
	const paused = plan.trial?.pausesAt !== undefined;
	return {
		database,
		runs: [
			...colors.map((planned) => run("expand", planned, planned.kept)),
			...(migrations.backfill === undefined ? [] : [run("backfill", plan.active, paused)]),
			...(migrations.contract === undefined || migrations.closed === undefined
				? []
				: [run("contract", plan.active, paused || waits !== undefined)]),
		],
		...(waits !== undefined && waits !== "" && { contractWaits: waits }),
	};
}

function declaresAny({ services }: PlannedColor): boolean {
	return services.some(({ declared }) => declared);
}

/** Why contract does not run in this `up`: text for people, empty where there is nothing to say; undefined: it is due. */
function contractWaits(
	{ migrations }: ReleaseSettings,
	{ active, standby }: ReleasePlan,
	{ present = {} }: Deployed,
): string | undefined {
	const { version } = active.release;
	if (migrations.contract === undefined || migrations.closed !== version) return "";
	// What is declared beside it is a matter for a check: here it may also be the next version, after a contract that is done.
	if (standby !== undefined && standby.release.version !== version) return "";
	const others = Object.entries(present).flatMap(([color, versions]) =>
		versions.filter((other) => other !== version).map((other) => `${color} ${other}`),
	);
	if (others.length === 0) return undefined;
	return `contract of ${version} waits: ${others.join(" and ")} still runs, and is removed at the end of this \`up\`. Next: pulumi up`;
}
