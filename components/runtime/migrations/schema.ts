import { LABEL, SCHEMA_LABEL } from "../../plan/names";
import { fits } from "../../plan/schema-range";
import { COLORS, type Color } from "../../settings/schema";
import { peekServing } from "../caddy/peek";
import type { Engine } from "../docker/engine";
import { peekContainers } from "../docker/peek";
import { activate } from "../next";
import { StepError } from "../report";
import type { MigrationInputs } from "./types";

/** Who serves now, and what schema it works with. */
export interface ServingColor {
	readonly color: Color;
	readonly version: string;
	/** Unset: any. */
	readonly range?: string;
}

/** The color that gets traffic; undefined where none does, or both, or the proxy cannot be asked. */
export async function servingColor(inputs: MigrationInputs): Promise<ServingColor | undefined> {
	try {
		const serving = await peekServing(inputs.proxy);
		const color = COLORS.find((one) => one === serving);
		if (color === undefined) return undefined;
		const containers = await peekContainers(inputs.stack);
		const own = containers.find(
			({ labels }) => labels[LABEL.role] === "service" && labels[LABEL.color] === color,
		);
		const range = inputs.ranges[color] ?? own?.labels[SCHEMA_LABEL];
		return {
			color,
			version: own?.labels[LABEL.version] ?? "",
			...(range !== undefined && range !== "" && { range }),
		};
	} catch {
		return undefined;
	}
}

/** What the image says of the schema that its version works with; undefined: nothing. */
export async function imageRange(engine: Engine, image: string): Promise<string | undefined> {
	const { Config } = await engine.api.getImage(image).inspect();
	return Config.Labels?.[SCHEMA_LABEL] || undefined;
}

/**
 * After expand, before the switch: the schema has to be one that the new version works with, and still one that the color
 * works with which serves.
 *
 * @param own Range of the new version; unset: any.
 * @throws StepError with both figures.
 */
export function checkExpanded(
	inputs: MigrationInputs,
	schema: string,
	own: string | undefined,
	serving: ServingColor | undefined,
): void {
	const { color, version } = inputs;
	if (serving?.range !== undefined && !fits(schema, serving.range)) {
		throw new StepError(
			[
				`expand of ${version} has left the schema at ${schema}, and ${serving.color} ${serving.version}, which serves, works with "${serving.range}" only.`,
				`Traffic was not moved, and no container of ${color} ${version} was started; ${serving.color} goes on, on a schema that it does not know.`,
				`Next: look whether ${serving.color} is well (pulumi stack output url), and take back by hand what expand has removed; expand may only add.`,
			].join("\n"),
		);
	}
	if (own === undefined || fits(schema, own)) return;
	const stay =
		serving === undefined
			? "Nothing serves yet."
			: `Traffic was not moved: ${serving.color} ${serving.version} keeps serving.`;
	const giveUp =
		serving === undefined || serving.color === color ? [] : [`Or give up: ${activate(serving.color)}`];
	throw new StepError(
		[
			`${color} ${version} works with schema "${own}", and the database is at ${schema} after its expand.`,
			stay,
			`Next: release a version that works with ${schema} (pulumi config set --path colors.${color}.version <version>), then: pulumi up`,
			...giveUp,
		].join("\n"),
	);
}
