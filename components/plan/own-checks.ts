import type { CheckSettings } from "../settings/checks";
import type { Color, ReleaseSettings } from "../settings/schema";
import type { PlannedService } from "./types";

/** Longest time for a command that says nothing of it. */
export const DEFAULT_COMMAND_DEADLINE_MS = 60_000;

/** A request through the proxy, and what its answer has to be. */
export interface RequestCheck {
	/** For people; unset: what it asks says it. */
	readonly name?: string;
	/** Which service answers it; unset: no route takes it. */
	readonly service?: string;
	readonly method: string;
	readonly path: string;
	readonly requestHeaders: Readonly<Record<string, string>>;
	readonly requestBody?: string;
	readonly expect: {
		/** Unset: any 2xx. */
		readonly status?: number;
		readonly headers: Readonly<Record<string, string>>;
		/** Contained in the body. */
		readonly body?: string;
		readonly json?: { readonly path: string; readonly equals: string | number | boolean | null };
		/** Unset: as long as a probe may take. */
		readonly withinMs?: number;
	};
	readonly times: number;
}

/** A command, on the machine that runs Pulumi or in a container of the new color. */
export interface CommandCheck {
	readonly name?: string;
	readonly command: readonly string[];
	/** The service in whose first container it runs; unset: on the machine that runs Pulumi. */
	readonly service?: string;
	readonly deadlineMs: number;
}

/** What a stack's own settings ask of a new color before and after the switch. Plain JSON, no secrets. */
export type OwnCheck = RequestCheck | CommandCheck;

export function isCommand(check: OwnCheck): check is CommandCheck {
	return "command" in check;
}

/**
 * The checks as the settings have them now: not a part of the release, so they take effect at once.
 *
 * @param services Of the color that is checked; their routes tell who answers.
 */
export function planOwnChecks(
	{ checks }: Pick<ReleaseSettings, "checks">,
	services: readonly Pick<PlannedService, "name" | "route">[],
): OwnCheck[] {
	return checks.map((check) =>
		check.command === undefined ? requestCheck(check, services) : command(check),
	);
}

function command({ name, command = [], in: service, deadline }: CheckSettings): CommandCheck {
	return {
		...(name !== undefined && { name }),
		command,
		...(service !== undefined && { service }),
		deadlineMs: deadline ?? DEFAULT_COMMAND_DEADLINE_MS,
	};
}

function requestCheck(
	check: CheckSettings,
	services: readonly Pick<PlannedService, "name" | "route">[],
): RequestCheck {
	const { path = "/", method = "GET", status, headers = {}, body, json, within, requestBody } = check;
	const service = serviceAt(services, path.replace(/[?#].*$/, ""));
	return {
		...(check.name !== undefined && { name: check.name }),
		...(service !== undefined && { service }),
		method,
		path,
		requestHeaders: check.requestHeaders ?? {},
		...(requestBody !== undefined && { requestBody }),
		expect: {
			...(status !== undefined && { status }),
			headers,
			...(body !== undefined && { body }),
			...(json !== undefined && { json }),
			...(within !== undefined && { withinMs: within }),
		},
		times: check.times ?? 1,
	};
}

/** Name of the service whose route takes the path: the longest prefix. */
export function serviceAt(
	services: readonly Pick<PlannedService, "name" | "route">[],
	path: string,
): string | undefined {
	return services
		.filter(({ route }) => route === "/" || path === route || path.startsWith(`${route}/`))
		.sort((a, b) => (b.route?.length ?? 0) - (a.route?.length ?? 0))[0]?.name;
}

/** The command's environment says which color it is to look at, and how. */
export interface CheckedRelease {
	readonly color: Color;
	readonly version: string;
}
