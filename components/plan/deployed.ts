import { COLORS, type Color } from "../settings/schema";
import type { Deployed, Release } from "./types";

/** A resource as the stack's state has it. */
export interface StateResource {
	readonly type: string;
	readonly outputs: Readonly<Record<string, unknown>>;
}

export const CUTOVER_TYPE = "pulumi-nodejs:dynamic/blueGreen:Cutover";

/**
 * What is deployed, from the outputs of the cutover in the stack's state.
 *
 * @param resources By URN, as the engine gives them.
 * @param prefix Of the `BlueGreen` that is asked for; a stack may hold several.
 */
export function deployedIn(resources: Readonly<Record<string, StateResource>>, prefix: string): Deployed {
	const entry = Object.entries(resources).find(
		([urn, { type }]) => type === CUTOVER_TYPE && urn.endsWith(`::${prefix}-cutover`),
	);
	if (entry === undefined) return { releases: {} };
	const { activeColor, releases } = entry[1].outputs;
	const serving = COLORS.find((color) => color === activeColor);
	return {
		...(serving && { serving }),
		releases: (releases ?? {}) as Partial<Record<Color, Release>>,
	};
}

/** Addresses ("127.0.0.1:8080") that containers of this state publish: in use, but by the stack itself. */
export function publishedIn(resources: Readonly<Record<string, StateResource>>): string[] {
	return Object.values(resources).flatMap(({ type, outputs }) => {
		if (type !== "docker:index/container:Container" || !Array.isArray(outputs.ports)) return [];
		return (outputs.ports as { ip?: string; external?: number }[]).map(
			({ ip, external }) => `${ip ?? "0.0.0.0"}:${external}`,
		);
	});
}
