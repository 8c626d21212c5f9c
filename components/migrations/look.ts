import * as pulumi from "@pulumi/pulumi";
import { migrationImage } from "../plan/migrations";
import { planRelease } from "../plan/plan";
import { checkSchema, concernsSchema, type SeenSchema } from "../plan/schema-contract";
import type { Deployed, PlannedColor, ReleasePlan } from "../plan/types";
import { messageOf } from "../runtime/report";
import type { Problem } from "../settings/problems";
import type { Color, Settings } from "../settings/schema";
import { migratedAccess } from "./access";
import { schemaQuery } from "./schema-query";

/**
 * Problems between the colors and the schema that the database has now: a switch, a rollback, a release or a contract that
 * does not fit. Asks the database only where one of these is wanted. Where it cannot be asked, that is said, and the steps
 * of the release ask again.
 *
 * @param prefix As given to `SharedDatabases`.
 */
export async function schemaProblems(
	settings: Settings,
	deployed: Deployed,
	prefix: string,
): Promise<Problem[]> {
	const access = migratedAccess(settings, prefix);
	if (access === undefined) return [];
	if (settings.colors[settings.activeColor].version === undefined) return [];
	const plan = planRelease(settings, deployed, prefix);
	if (!concernsSchema(settings, plan)) return [];
	// With the Docker client behind it, which takes longer to load than the question takes; most previews do without.
	const { glanceAtDatabase } =
		require("../runtime/migrations/glance") as typeof import("../runtime/migrations/glance");
	try {
		const seen = await glanceAtDatabase(access, schemaQuery(settings.migrations));
		if (seen === undefined) return [];
		const ranges = await rangesOf(settings, plan);
		return checkSchema(settings, plan, deployed.serving, { ...seen, ranges });
	} catch (error) {
		void pulumi.log.warn(
			`whether the colors work with the database's schema is not checked: ${access.container} cannot be asked: ${messageOf(error)}`,
		);
		return [];
	}
}

/** By the settings, else by the label of the image where that is on the host already. */
async function rangesOf(settings: Settings, plan: ReleasePlan): Promise<SeenSchema["ranges"]> {
	const { glanceAtImage } =
		require("../runtime/migrations/glance") as typeof import("../runtime/migrations/glance");
	const of = async (planned: PlannedColor): Promise<[Color, string | undefined]> => {
		const own = settings.colors[planned.color].schema;
		return [planned.color, own ?? (await glanceAtImage(migrationImage(settings, planned)))];
	};
	const colors = [plan.active, ...(plan.standby === undefined ? [] : [plan.standby])];
	const all = await Promise.all(colors.map(of));
	return Object.fromEntries(all.filter(([, range]) => range !== undefined));
}
