import { COLORS } from "../settings/schema";
import { LOGGED, NOT_LOGGED } from "./access-log";
import { REQUEST_MATCHER, sendTo } from "./color-routes";
import { HELD_IN_VAIN, heldBlock } from "./held";
import { indent } from "./lines";
import { maintenanceBlock } from "./maintenance";
import { errorPages } from "./pages";
import { type Preview, previewBlock, previewFailed } from "./preview";
import { otherColorBlock, type Sharing, shareBlock } from "./share";
import { SWITCH_FILE, switchValue } from "./switch-file";

/**
 * What happens to every request, wherever it comes in. Who is sent somewhere else than the public comes first; then the
 * color that the switch file names, which is all there is to it while one color has all traffic; and then, for the values
 * that say more, in this order: maintenance, a hold, a share.
 *
 * @param holdForMs Longest time that requests wait at the proxy.
 */
export function trafficBlock(
	{ holdForMs, preview }: { holdForMs: number; preview?: Preview },
	sharing: Sharing,
): string[] {
	const notLogged = sharing.counted ? NOT_LOGGED : [];
	return [
		...(sharing.counted ? LOGGED : []),
		...REQUEST_MATCHER,
		...previewBlock(preview),
		"# Read once, whichever color it says.",
		`vars switch {file.${SWITCH_FILE}}`,
		...COLORS.flatMap((color) => [
			`@${color} vars switch ${switchValue(color)}`,
			`handle @${color} {`,
			...indent(notLogged),
			`\t${sendTo(color, "wait")}`,
			"}",
		]),
		"handle {",
		...indent(maintenanceBlock()),
		...indent(heldBlock(holdForMs)),
		"\thandle {",
		...indent(indent(shareBlock(sharing))),
		"\t}",
		"}",
		...errorPages([...previewFailed(preview), ...HELD_IN_VAIN, ...otherColorBlock(sharing)]),
	];
}
