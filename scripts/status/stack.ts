import { migratedAccess } from "../../components/migrations/access";
import { schemaQuery } from "../../components/migrations/schema-query";
import type { LookedAt } from "../../components/runtime/status/look";
import type { Settings } from "../../components/settings/schema";
import { readConfiguration } from "../backup/stack";
import { projectFolder } from "../lib/environment";
import { run } from "../lib/run";

/** A stack as the commands need it that only look: it can be looked at even where its settings are wrong. */
export interface LookedAtStack {
	readonly name: string;
	readonly project: string;
	/** Value of the label `blue-green.stack`: "shop/prod". */
	readonly label: string;
	/** What the names of its containers begin with. */
	readonly prefix: string;
	/** Undefined: they have problems, of which `pulumi preview` tells. */
	readonly settings: Settings | undefined;
	/** Runs `pulumi` on the stack; nothing that it prints is secret. @throws Problem where it fails. */
	pulumi(what: string, ...args: string[]): Promise<string>;
}

/** @param wanted Name of the stack. Default: the one that is selected. @throws Problem where there is none such. */
export async function lookAtStack(wanted: string | undefined): Promise<LookedAtStack> {
	// Where its host cannot be reached, DOCKER_HOST leads nowhere from here on, and whoever asks Docker says so.
	const { name, project, prefix, settings, env } = await readConfiguration(wanted);
	return {
		name,
		project,
		label: `${project}/${name.split("/").at(-1) ?? name}`,
		prefix,
		settings: "problems" in settings ? undefined : settings.value,
		pulumi: (what, ...args) =>
			run("pulumi", [...args, "--stack", name], { what, cwd: projectFolder, env, timeoutMs: 30_000 }),
	};
}

/** How the version of the stack's schema is read; undefined: the settings do not say. */
export function schemaAccess({ settings, prefix }: LookedAtStack): LookedAt["schema"] {
	if (settings === undefined) return undefined;
	const query = schemaQuery(settings.migrations);
	const access = migratedAccess(settings, prefix);
	return query === undefined || access === undefined ? undefined : { access, query };
}
