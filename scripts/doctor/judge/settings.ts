import { type Fact, type Finding, finding } from "../../../components/doctor/finding";
import type { Parsed } from "../../../components/settings/parse";
import { pathText } from "../../../components/settings/problems";

/** Whether the stack's settings can be read, and are such as the schema wants them. The rest is for `pulumi preview`. */
export function judgeSettings(stack: string | undefined, settings: Fact<Parsed<unknown>>): Finding[] {
	const name = stack ?? "(selected)";
	if ("why" in settings)
		return [
			finding(
				"settings",
				"problem",
				`those of stack ${name} cannot be read: ${settings.why}`,
				stack === undefined ? "pulumi stack select" : "pulumi stack ls",
			),
		];
	if (!("problems" in settings.known))
		return [finding("settings", "ok", `those of stack ${name} are as they should be`)];
	return settings.known.problems.map(({ path, reason, fix }) =>
		finding("settings", "problem", `${pathText(path)}: ${reason}`, fix.join(" && ")),
	);
}
