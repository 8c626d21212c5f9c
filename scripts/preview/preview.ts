import { z } from "zod";
import { LABEL } from "../../components/plan/names";
import { Problem } from "../lib/problem";

/**
 * The parts of the output of `pulumi preview --json` that a comment is made of. Everything else in it is dropped here, so
 * that nothing can be printed by accident.
 */

const properties = z.record(z.string(), z.unknown()).default({});

const resource = z.object({
	type: z.string(),
	/** False: a component, which only groups others. */
	custom: z.boolean().default(false),
	protect: z.boolean().default(false),
	inputs: properties,
	outputs: properties,
});
export type Resource = z.infer<typeof resource>;

const step = z.object({
	op: z.string(),
	urn: z.string(),
	oldState: resource.optional(),
	newState: resource.optional(),
	/** Names of the properties that differ, and of those that are the reason for a replacement. */
	diffReasons: z.array(z.string()).default([]),
	replaceReasons: z.array(z.string()).default([]),
});
export type Step = z.infer<typeof step>;

const diagnostic = z.object({
	message: z.string().default(""),
	/** info, info#err (what the program wrote to its standard error), warning, error. */
	severity: z.string().default("info"),
});

const preview = z.object({
	steps: z.array(step).default([]),
	diagnostics: z.array(diagnostic).default([]),
});

export interface Preview extends z.infer<typeof preview> {
	/** All of it, for `secretValues` alone. */
	readonly whole: unknown;
}

/**
 * @param text What `pulumi preview --json` printed; lines before the JSON are passed over.
 * @throws Problem where it is something else.
 */
export function parsePreview(text: string): Preview {
	const start = text.search(/^\{/m);
	const parsed = preview.safeParse(jsonFrom(start < 0 ? "" : text.slice(start)));
	if (!parsed.success || start < 0)
		throw new Problem(
			"This is not the output of `pulumi preview --json`.\nNext: pulumi preview --json > preview.json; npm run preview-comment -- preview.json",
		);
	return { ...parsed.data, whole: jsonFrom(text.slice(start)) };
}

function jsonFrom(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Name of a resource: what stands behind the last colons of its URN. */
export function nameOf({ urn }: Pick<Step, "urn">): string {
	return urn.split("::").at(-1) ?? urn;
}

/** "shop/prod", from the URN of any resource; undefined where the preview has none. */
export function stackOf({ steps }: Preview): string | undefined {
	const [, stack, project] = /^urn:pulumi:(.+?)::(.+?)::/.exec(steps[0]?.urn ?? "") ?? [];
	return stack === undefined ? undefined : `${project}/${stack}`;
}

/** The one step of a dynamic resource of this project, such as "Cutover". */
export function stepOfType({ steps }: Preview, type: string): Step | undefined {
	return steps.find(({ urn }) => urn.split("::").at(-2)?.endsWith(`dynamic/blueGreen:${type}`));
}

/** Value of one of the Docker labels that tell what a thing is there for. */
export function labelOf(state: Resource | undefined, label: keyof typeof LABEL): string | undefined {
	const parsed = labels.safeParse(state?.inputs.labels);
	return parsed.data?.find((one) => one.label === LABEL[label])?.value;
}

const labels = z.array(z.object({ label: z.string(), value: z.string() }));
