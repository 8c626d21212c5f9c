import { isCommand, type OwnCheck } from "../../plan/own-checks";
import { durationText, indented, type Reporter, timed } from "../report";
import { askCommand } from "./command-check";
import { askRequest } from "./request-check";
import type { Subject, Way } from "./types";

/** Containers whose log lines are shown, at most. */
const MOST_LOGS = 3;

/**
 * The stack's own checks, one after another; the first that does not pass ends them.
 *
 * @returns what a person has to know of it, the last log lines of the containers among it; undefined: all have passed.
 */
export async function runOwnChecks(
	subject: Subject,
	way: Way,
	checks: readonly OwnCheck[],
	report: Reporter,
): Promise<string | undefined> {
	if (checks.length === 0) return undefined;
	const { value, durationMs } = await timed(() => firstFault(subject, way, checks));
	if (value !== undefined) return value;
	const count = checks.length === 1 ? "1 check" : `${checks.length} checks`;
	report.info(`${count} passed ${way.name} in ${durationText(durationMs)}`);
	return undefined;
}

async function firstFault(
	subject: Subject,
	way: Way,
	checks: readonly OwnCheck[],
): Promise<string | undefined> {
	for (const check of checks) {
		const fault = await (isCommand(check)
			? askCommand(subject, way, check)
			: askRequest(subject, way, check));
		if (fault === undefined) continue;
		const text = [
			`${check.name === undefined ? "" : `check "${check.name}": `}${fault.text}`,
			...(await lastLogLines(subject, fault.service === undefined ? undefined : [fault.service])),
		].join("\n");
		return withoutToken(text, way.token);
	}
	return undefined;
}

/** What may say why, indented. @param services Whose containers; unset: any. */
export async function lastLogLines(
	{ engine, targets }: Subject,
	services?: readonly string[],
): Promise<string[]> {
	const concerned = targets.filter(({ service }) => services === undefined || services.includes(service));
	const shown = await Promise.all(
		concerned.slice(0, MOST_LOGS).map(async ({ container }) => {
			const lines = await engine.lastLogLines(container);
			return lines.length === 0 ? [] : [`  ${container}, its last log lines:`, indented(lines)];
		}),
	);
	return shown.flat();
}

/** What answers or prints it back must not bring it into Pulumi's output. */
export function withoutToken(text: string, token: string): string {
	return token === "" ? text : text.replaceAll(token, "<previewToken>");
}
