import { z } from "zod";
import { text, variableName } from "./values";

/** Logins of private registries, by the registry's name as images begin with it: "registry.example.com:5000". */
export const registries = z
	.record(
		z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d+)?$/i, {
			error: 'a registry\'s name as images begin with it, such as "registry.example.com" or "ghcr.io"',
		}),
		z.strictObject({
			/** As for `docker login`; of a token, often any. */
			username: text,
			/** Name of an entry of the top-level `secrets`, never the value itself. */
			password: variableName,
		}),
	)
	.default({});

/** What becomes of the images of earlier releases, once a release has been drained. */
export const oldImages = z.strictObject({
	/** Of how many releases before those of both colors the images stay; "all": nothing is ever removed. */
	keep: z.union([z.int().min(0).max(100), z.literal("all")]).default(3),
});
export type OldImages = z.infer<typeof oldImages>;
