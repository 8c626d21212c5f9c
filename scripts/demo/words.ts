import { otherColor } from "../../components/settings/schema";
import type { LoadReport } from "../load";
import type { StackOutputs } from "./pulumi";

/** A line that parts the output into its steps. */
export function heading(text: string): void {
	console.log(`\n── ${text} ${"─".repeat(Math.max(3, 100 - text.length))}`);
}

/** What answers at the shop's URL now, as a sentence. One request, 3 s at most. */
export async function whoServes(url: string): Promise<string> {
	try {
		const answer = await fetch(`${url}/version`, { signal: AbortSignal.timeout(3000) });
		const color = answer.headers.get("x-color") ?? "a proxy without a color";
		return answer.ok ? `${color} serves at ${url}.` : `${color} answers ${answer.status} at ${url}/version.`;
	} catch (error) {
		const { message, cause } = error as Error & { cause?: Error };
		return `Nothing answers at ${url}: ${cause?.message ?? message}`;
	}
}

/** For a release that did not come to its end: why, what the visitors saw, who serves, and what to do next. */
export function failedRelease(reason: string, report: LoadReport, serves: string, from: string): string {
	const kinds = Object.entries(report.failures).map(([kind, { count }]) => `${count} ${kind}`);
	return [
		reason,
		`The load is stopped: ${report.sent} requests sent, failed: ${report.failed}${kinds.length ? ` (${kinds.join(", ")})` : ""}.`,
		serves,
		'Next, after eval "$(scripts/env)":',
		`  pulumi config set activeColor ${from} && pulumi up   to call the release off`,
		"  pulumi up                                           to go on with it",
	].join("\n");
}

/** The commands to try next, with the stack as it is now. */
export function nextCommands({
	url,
	activeColor = "green",
	activeVersion,
	standbyVersion,
}: StackOutputs): string {
	const standby = otherColor(activeColor);
	const rows = [
		['eval "$(scripts/env)"', "first, once in each shell"],
		["pulumi stack output", "what serves, and how the last cutover went"],
		[
			`pulumi config set activeColor ${standby} && pulumi up`,
			`rollback to ${standby} ${standbyVersion ?? ""}`,
		],
		[
			`pulumi config set --path colors.${standby}.version ${activeVersion} && pulumi up`,
			"a new version on the standby, traffic stays",
		],
		["npm run demo", "once more, the other way round"],
		["npm run demo -- --down", "removes all of it"],
	];
	const width = Math.max(...rows.map(([command]) => command?.length ?? 0));
	const lines = rows.map(([command, what]) => `  ${command?.padEnd(width)}   ${what}`);
	return `\nThe shop keeps running: have a look at ${url}\nTry next:\n${lines.join("\n")}`;
}
