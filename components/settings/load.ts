import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { stackLabel } from "../labels";
import { checkSettings } from "../plan/checks";
import { checkDatabaseChanges } from "../plan/checks-database-changes";
import { stackPrefix } from "../plan/names";
import type { Deployed } from "../plan/types";
import { parse } from "./parse";
import { type Problem, renderProblems, setCommand } from "./problems";
import {
	type proxy as proxySchema,
	type ReleaseInput,
	release as releaseSchema,
	type Settings,
	settings as schema,
} from "./schema";

export interface LoadedSettings {
	/** All of them, with every default in place; the values of the secrets are in there as plain text. */
	readonly parsed: Settings;
	readonly databases: Settings["databases"];
	readonly backups: Settings["backups"];
	readonly proxy: z.input<typeof proxySchema>;
	/** The rest, as it stands in the configuration: `BlueGreen` takes settings as people write them. */
	readonly release: ReleaseInput;
	/** Values of the secrets by name, secret to Pulumi. */
	readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
}

/** Reads the stack's configuration as plain JSON: what is not a group or a list stays text where Pulumi has text. */
export function readConfig(): { raw: Record<string, unknown>; secretKeys: string[] } {
	const prefix = `${pulumi.getProject()}:`;
	const own = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
	const raw = Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), fromText(value)]));
	const secretKeys = allSecretKeys().filter((key) => key.startsWith(prefix));
	return { raw, secretKeys: secretKeys.map((key) => key.slice(prefix.length)) };
}

/** Pulumi tells the program by this variable which keys are encrypted; its SDK has no function for it. */
function allSecretKeys(): string[] {
	return JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS || "[]") as string[];
}

/** Groups and lists reach the program as JSON; everything else at the top level is text. */
function fromText(value: string): unknown {
	if (!/^\s*[[{]/.test(value)) return value;
	try {
		return JSON.parse(value);
	} catch {
		return value;
	}
}

/**
 * The settings of the stack, checked as far as can be without touching anything.
 *
 * @param world Further problems that only a look at the machine shows, such as a port in use.
 * @param prefix As given to `BlueGreen`. Default: that of project and stack.
 * @throws pulumi.RunError with all problems at once, each with the command that mends it.
 */
export async function loadSettings(
	deployed: Deployed,
	world: (settings: Settings) => Promise<Problem[]>,
	prefix = stackPrefix(pulumi.getProject(), pulumi.getStack()),
): Promise<LoadedSettings> {
	const { raw, secretKeys } = readConfig();
	// What stands under secrets is not shown even where somebody forgot to encrypt it.
	const hide = ([first]: readonly unknown[]) => first === "secrets" || secretKeys.includes(String(first));
	const parsed = parse(schema, raw, hide);
	const misplaced = misplacedSecrets(secretKeys);
	if ("problems" in parsed) fail([...misplaced, ...parsed.problems]);
	const problems = [
		...misplaced,
		...checkSettings(parsed.value, deployed, prefix),
		...checkDatabaseChanges(parsed.value.databases, deployed, prefix, stackLabel()),
		...(await world(parsed.value)),
	];
	if (problems.length > 0) fail(problems);
	const { databases, backups, proxy, secrets } = parsed.value;
	const release = Object.fromEntries(
		Object.entries(raw).filter(([key]) => key in releaseSchema.shape),
	) as ReleaseInput;
	return {
		parsed: parsed.value,
		databases,
		backups,
		// As people write it: `ReverseProxy` reads durations anew.
		proxy: { ...proxy, holdFor: `${proxy.holdFor}ms` },
		release,
		secrets: Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, pulumi.secret(value)])),
	};
}

function fail(problems: readonly Problem[]): never {
	throw new pulumi.RunError(renderProblems(problems, pulumi.getStack()));
}

/** A secret inside another setting would stand in plans and previews, which show settings in full. */
function misplacedSecrets(secretKeys: readonly string[]): Problem[] {
	return secretKeys
		.filter((key) => key !== "secrets")
		.map((key) => ({
			path: [key],
			reason:
				"holds an encrypted value, and is shown in previews. Allowed: encrypted values under secrets only; services name them.",
			fix: [setCommand(["secrets", "NAME"], "<value>")],
		}));
}
