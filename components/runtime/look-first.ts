import { SWITCH_FILE } from "../proxy/paths";
import { previewedColor } from "../proxy/previewed";
import type { ProxyFiles } from "./caddy/files";
import { lastLogLines, runOwnChecks } from "./checks/run";
import type { Subject, Way } from "./checks/types";
import { type Complaint, verifyPublicSide } from "./public-side";
import type { Reporter } from "./report";
import type { CutoverInputs } from "./steps";

/** As everybody's requests go. */
export const PUBLIC_WAY: Way = { name: "through the public side", token: "", headers: {} };

/** Past the public choice; undefined where there is no preview. */
export function previewWay({ proxy, previewToken }: CutoverInputs): Way | undefined {
	if (proxy.preview === undefined || previewToken === undefined) return undefined;
	const headers = { [proxy.preview.header]: previewToken };
	return { name: "through the preview", token: previewToken, headers };
}

/**
 * Asks the new color through the preview before any visitor comes to it: what the verification will ask, once, and then
 * the stack's own checks. Nothing is asked where there is no preview, or it leads to the other color: before the first
 * release, and where somebody has divided the traffic by hand.
 */
export async function lookFirst(
	subject: Subject,
	files: ProxyFiles,
	inputs: CutoverInputs,
	report: Reporter,
): Promise<Complaint> {
	const way = previewWay(inputs);
	if (way === undefined) return undefined;
	const value = await files.read(SWITCH_FILE);
	if (value === undefined || previewedColor(value) !== subject.color) return undefined;
	const { proxy, checks, policy, ownChecks = [] } = inputs;
	const complaint = await verifyPublicSide(proxy, subject.color, checks, { ...policy, passes: 1 }, way);
	if (complaint === undefined) return runOwnChecks(subject, way, ownChecks, report);
	const asked = checks.map(({ service }) => service);
	return [complaint, ...(await lastLogLines(subject, asked))].join("\n");
}
