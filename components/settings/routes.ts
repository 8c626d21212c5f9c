import { z } from "zod";

/** Where visitors reach a service. */

export const pathPrefix = z
	.string()
	.regex(/^\/([A-Za-z0-9._~-]+(\/[A-Za-z0-9._~-]+)*)?$/, { error: 'a path prefix such as "/" or "/api"' })
	.meta({ examples: ["/api"] });

/** As Caddy takes it: a name, or a name whose first label is "*". */
export const host = z.string().regex(/^(\*\.)?([a-z0-9-]+\.)*[a-z0-9-]+$/i, { error: "a host name" });

/** One of several public addresses of a service. */
export const publicRoute = z.strictObject({
	/** One of `proxy.hosts`. A route that names a host goes before one that does not. Unset: every host. */
	host: host.meta({ examples: ["shop.example.com"] }).optional(),
	/** Path prefix; the longest one that fits wins. */
	path: pathPrefix.default("/"),
	/** The service gets the path without the prefix, and the prefix in X-Forwarded-Prefix. */
	stripPrefix: z.boolean().default(false),
});
