import { z } from "zod";
import { duration, name, text } from "./values";

/**
 * One thing that the new color has to do right before visitors come to it, and once more after: a request with `path`, or a
 * command with `command`. Defaults are the planner's, so that a setting of the one in the other is found; see
 * `plan/own-checks.ts`.
 */
const check = z.strictObject({
	/** For people. Unset: what it asks or runs says it. */
	name: text.optional(),
	/** Asked through the proxy, with a query if it has one. */
	path: text
		.startsWith("/", { error: 'a path that begins with "/"' })
		.meta({ examples: ["/api/products"] })
		.optional(),
	/** Default: GET. */
	method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]).optional(),
	/** Of the answer. Unset: any 2xx. */
	status: z.int().min(100).max(599).optional(),
	/** Headers that the answer has to have, with these values. */
	headers: z.record(text, z.string()).optional(),
	/** Text that the answer's body has to contain. */
	body: text.optional(),
	/** A value in the answer's body, which has to be JSON. */
	json: z
		.strictObject({
			/** JSONPath (RFC 9535): "$.items[0].name". */
			path: text,
			/** What it has to be. */
			equals: z.union([z.string(), z.number(), z.boolean(), z.null()], { error: "a plain value" }),
		})
		.optional(),
	/** Longest time until the whole answer is there. Unset: `health.timeout`. */
	within: duration.optional(),
	/** How many times in a row it has to pass. Default: once. */
	times: z.int().min(1).max(1_000).optional(),
	/** No secrets: they stand in the state and in previews. */
	requestHeaders: z.record(text, z.string()).optional(),
	/** What is sent; no secrets. */
	requestBody: text.optional(),
	/** Program and arguments, not read by a shell; exit code 0 passes. */
	command: z.array(text).min(1).optional(),
	/** A service: it runs in a container of the new color. Unset: on the machine that runs Pulumi, in the project's folder. */
	in: name.optional(),
	/** Longest time for a command. Default: one minute. */
	deadline: duration.optional(),
});

export const checks = z.array(check);
export type CheckSettings = z.infer<typeof check>;
