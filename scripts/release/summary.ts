import { inFlightText } from "../../components/runtime/in-flight";
import { durationText } from "../../components/runtime/report";
import type { CutoverRecord, DrainRecord, TrialRecord } from "../../components/runtime/steps";

/** The outputs of the stack that a summary is made of. */
export interface ReleaseOutputs {
	readonly url?: string;
	readonly activeColor?: string;
	readonly activeVersion?: string;
	readonly standbyVersion?: string | null;
	readonly lastCutover?: (CutoverRecord & { readonly drain?: DrainRecord }) | null;
	readonly trial?: TrialRecord | null;
	readonly maintenance?: string;
}

/** How it went, and how to go back. */
export function summaryText(outputs: ReleaseOutputs, upMs: number): string {
	const { url, activeColor, activeVersion, standbyVersion, lastCutover: cutover, trial } = outputs;
	if (trial)
		return `\n${trial.to} has ${trial.share} % of the traffic and waits.\nNext: npm run promote, or npm run abort`;
	const rows = (cutover?.stages ?? []).map(
		({ name, durationMs }) => `  ${name.padEnd(12)} ${durationText(durationMs).padStart(8)}`,
	);
	return [
		`\n${activeColor} ${activeVersion} serves${url === undefined ? "" : ` at ${url}`}, after ${durationText(upMs)}.`,
		...rows,
		...(cutover?.inFlightAtSwitch
			? [`  in flight at the switch: ${inFlightText(cutover.inFlightAtSwitch)}`]
			: []),
		...(cutover?.drain
			? [
					`  drain of ${cutover.drain.color}: ${cutover.drain.outcome} after ${durationText(cutover.drain.durationMs)}`,
				]
			: []),
		...(outputs.maintenance === "on"
			? ["Visitors still get the page: pulumi config set maintenance off && pulumi up"]
			: []),
		...(standbyVersion ? ["To go back: npm run rollback"] : []),
	].join("\n");
}
