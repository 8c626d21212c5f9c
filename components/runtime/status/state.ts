import { CUTOVER_TYPE, type StateResource } from "../../plan/deployed";
import type { CutoverOutputs } from "../steps";
import type { StateStatus } from "./types";

/** What `pulumi stack export` prints, as far as it matters here. Secrets stay encrypted in it. */
interface Export {
	readonly deployment?: {
		readonly resources?: readonly Partial<StateResource & { readonly urn: string }>[];
		readonly pending_operations?: readonly {
			readonly type: string;
			readonly resource: { readonly urn: string };
		}[];
	};
}

/** @param prefix Of the `BlueGreen` that is asked for; a stack may hold several. @throws SyntaxError where it is not JSON. */
export function readExport(text: string, prefix: string): StateStatus {
	const { deployment = {} } = JSON.parse(text) as Export;
	const resources = Object.fromEntries(
		(deployment.resources ?? []).flatMap(({ urn, type, outputs }) =>
			urn === undefined || type === undefined ? [] : [[urn, { type, outputs: outputs ?? {} }] as const],
		),
	);
	const cutover = Object.entries(resources).find(
		([urn, { type }]) => type === CUTOVER_TYPE && urn.endsWith(`::${prefix}-cutover`),
	);
	const pending = (deployment.pending_operations ?? []).map(
		({ type, resource }) => `${type} ${resource.urn.split("::").at(-1)}`,
	);
	return {
		resources,
		...(cutover && { cutover: cutover[1].outputs as Partial<CutoverOutputs> }),
		pending,
	};
}
