import type { Fact } from "../../components/doctor/finding";
import type { Settings } from "../../components/settings/schema";
import { readConfiguration, type StackConfiguration } from "../backup/stack";
import { toolEnvironment } from "../lib/environment";
import { CLI_MS } from "./gather/tools";
import { within } from "./gather/within";

/** Longest time for one kind of question; each ends by itself before. */
export const PART_MS = CLI_MS + 5_000;

/** A stack whose settings may be wrong, or not be there. */
export interface Patient {
	/** As the person has named it; unset: the one that is selected. */
	readonly wanted: string | undefined;
	/** For `pulumi`. */
	readonly env: NodeJS.ProcessEnv;
	readonly configuration: Fact<StackConfiguration>;
	/** Of a stack whose settings are right. */
	readonly settings: Fact<Settings>;
}

export async function readPatient(wanted: string | undefined): Promise<Patient> {
	const configuration = await within(PART_MS, readConfiguration(wanted));
	if ("why" in configuration)
		return { wanted, env: ownEnvironment(), configuration, settings: { why: "the settings cannot be read" } };
	const { env, settings } = configuration.known;
	const right = "value" in settings;
	return {
		wanted,
		env,
		configuration,
		settings: right ? { known: settings.value } : { why: "the settings are not as they should be" },
	};
}

/** That of scripts/setup where it has run. */
function ownEnvironment(): NodeJS.ProcessEnv {
	try {
		return toolEnvironment();
	} catch {
		return process.env;
	}
}
