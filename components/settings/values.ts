import ms, { type StringValue } from "ms";
import { z } from "zod";

/** Kinds of values that the settings are made of. */

const DURATION = 'a duration such as "500ms", "5s", "2m" or "0"';

/** A duration as people write it ("500ms", "5s", "2m", "0"); parsed to milliseconds. */
export const duration = z
	.union([z.string(), z.literal(0)], { error: DURATION })
	.refine((text) => toMs(text) !== undefined, { error: DURATION })
	.meta({ examples: ["30s"] })
	.transform((text) => toMs(text) ?? 0);

function toMs(text: string | 0): number | undefined {
	if (text === 0 || text === "0") return 0;
	// The unit is required: `ms` reads a bare "30" as milliseconds, which nobody means.
	if (!/^\d+(\.\d+)?\s*[a-z]+$/i.test(text)) return undefined;
	return ms(text as StringValue);
}

/** A name that becomes part of container names and DNS names (RFC 1123 label, short enough for a prefix). */
export const name = z.string().regex(/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/, {
	error: "lower-case letters, digits and dashes, beginning with a letter, at most 30 characters",
});
export const variableName = z
	.string()
	.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "a name of an environment variable" });
export const port = z.int().min(1).max(65_535);
export const text = z.string().min(1);

export const resources = z.strictObject({
	/** Hard memory limit in MiB; the kernel ends a container that asks for more. */
	memoryMb: z.int().min(16).optional(),
	/** CPU limit in cores; 0.5 is half a core. */
	cpus: z.number().positive().optional(),
});

/** A number that is not whole has lost its text before anybody could see it: YAML reads 1.10 as 1.1. */
export const versionText = z
	.union([text, z.int()], { error: 'text in quotes such as "1.10", or a whole number' })
	.transform(String);
