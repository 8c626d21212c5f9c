import { CUTOVER_TYPE, type StateResource } from "../../plan/deployed";
import type { CutoverOutputs, HealthGateOutputs } from "../steps";
import type { StateStatus } from "./types";

const GATE_TYPE = "pulumi-nodejs:dynamic/blueGreen:HealthGate";

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
	const outputsOf = <T>(wanted: string, name: string) => {
		const found = Object.entries(resources).find(
			([urn, { type }]) => type === wanted && urn.endsWith(`::${prefix}-${name}`),
		);
		return found?.[1].outputs as Partial<T> | undefined;
	};
	const cutover = outputsOf<CutoverOutputs>(CUTOVER_TYPE, "cutover");
	const { colors = {} } = outputsOf<HealthGateOutputs>(GATE_TYPE, "health-gate") ?? {};
	const pending = (deployment.pending_operations ?? []).map(
		({ type, resource }) => `${type} ${resource.urn.split("::").at(-1)}`,
	);
	return {
		resources,
		...(cutover && { cutover }),
		targets: Object.values(colors).flatMap(({ targets }) => targets),
		pending,
	};
}
