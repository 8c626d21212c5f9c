import { type Problem, removeCommand, setCommand } from "../settings/problems";
import { type Color, otherColor, type ReleaseSettings } from "../settings/schema";
import type { Phase } from "./migrations";
import { fits } from "./schema-range";
import type { PlannedColor, ReleasePlan } from "./types";

/** What was seen of the database before anything is touched. */
export interface SeenSchema {
	/** Unset: not asked for by the settings, or nowhere to be read yet. */
	readonly schema?: string;
	/** What has succeeded, by the journal. */
	readonly done: readonly { readonly phase: Phase; readonly version: string; readonly revision?: string }[];
	/** Versions of the schema that the colors work with; unset: any, or an image that is not here yet. */
	readonly ranges: Readonly<Partial<Record<Color, string>>>;
}

/** Whether this `up` is one for which the schema matters: something is released or switched, or the way back is closed. */
export function concernsSchema(settings: ReleaseSettings, plan: ReleasePlan): boolean {
	if (settings.migrations.schema === undefined && settings.migrations.closed === undefined) return false;
	const released = [plan.active, plan.standby].some((planned) => planned !== undefined && !planned.kept);
	return plan.trafficMoves || released || closes(settings, plan);
}

/** The contract between colors and schema, as far as it can be checked before anything is touched. Pure. */
export function checkSchema(
	settings: ReleaseSettings,
	plan: ReleasePlan,
	serving: Color | undefined,
	seen: SeenSchema,
): Problem[] {
	const colors = [plan.active, ...(plan.standby === undefined ? [] : [plan.standby])];
	return [
		...colors.flatMap((planned) => checkColor(settings, plan, planned, serving, seen)),
		...checkClosed(settings, plan, seen),
	];
}

function checkColor(
	settings: ReleaseSettings,
	plan: ReleasePlan,
	{ color, release, kept, services }: PlannedColor,
	serving: Color | undefined,
	{ schema, done, ranges }: SeenSchema,
): Problem[] {
	const range = ranges[color];
	if (schema === undefined || range === undefined || fits(schema, range)) return [];
	if (!services.some(({ declared }) => declared)) return [];
	const getsTraffic = color === plan.active.color && plan.trafficMoves;
	if (kept && !getsTraffic) return [];
	// Its expand comes first, and is followed by the same check.
	const expands = settings.migrations.expand !== undefined && !kept;
	if (expands && !done.some((one) => one.phase === "expand" && isOf(one, release))) return [];
	const reason = `${color} ${release.version} works with schema "${range}", and the database is at ${schema}.`;
	const version = setCommand(["colors", color, "version"], "<version>");
	if (color !== plan.active.color) {
		const fix = [removeCommand(["colors", color, "version"]), version];
		return [
			{
				path: ["colors", color, "version"],
				reason: `${reason} Allowed: a version that works with ${schema}, or none.`,
				fix,
			},
		];
	}
	const stays = serving !== undefined && serving === otherColor(color);
	const allowed = stays
		? `leave traffic on ${serving}, or a version that works with ${schema}`
		: `a version that works with ${schema}`;
	const fix = [...(stays ? [setCommand(["activeColor"], serving)] : []), version];
	return [{ path: ["activeColor"], reason: `${reason} Allowed: ${allowed}.`, fix }];
}

/** Contract would take the schema away from another version that is declared, so that one has to go first. */
function checkClosed(settings: ReleaseSettings, plan: ReleasePlan, { done }: SeenSchema): Problem[] {
	const { active, standby } = plan;
	if (!closes(settings, plan) || standby === undefined || standby.release.version === active.release.version)
		return [];
	if (done.some((one) => one.phase === "contract" && one.version === active.release.version)) return [];
	const path = ["migrations", "closed"];
	const { version } = active.release;
	const other = `${standby.color} ${standby.release.version}`;
	const reason = `"${version}" gives up the way back, and ${other} is still declared: contract would take from it what it works with. Allowed: with no other version declared.`;
	return [{ path, reason, fix: [removeCommand(["colors", standby.color, "version"]), removeCommand(path)] }];
}

function closes({ migrations }: ReleaseSettings, { active }: ReleasePlan): boolean {
	return migrations.contract !== undefined && migrations.closed === active.release.version;
}

function isOf(
	one: { version: string; revision?: string },
	release: { version: string; revision?: string },
): boolean {
	return one.version === release.version && one.revision === release.revision;
}
