import { z } from "zod";
import { port } from "./values";

/** How the color that does not serve can be looked at before visitors come to it. */
export const preview = z.strictObject({
	/** false: none of the ways below. */
	enabled: z.boolean().default(true),
	/** Request header that carries the token. */
	header: z
		.string()
		.regex(/^(?!(host|cookie|content-length)$)[A-Za-z0-9-]+$/i, { error: "a name for a header of its own" })
		.default("X-Preview"),
	/** Cookie that carries the token, for a browser. */
	cookie: z
		.string()
		.regex(/^[A-Za-z0-9_-]+$/, { error: "a cookie name of letters, digits, dashes and underscores" })
		.default("preview"),
	/** Port on 127.0.0.1 of the Docker host that leads to it without a token. Unset: none. */
	port: port.optional(),
	/** Host name that leads to it without a token: who knows the name gets in. Unset: none. */
	host: z
		.string()
		.regex(/^([a-z0-9-]+\.)*[a-z0-9-]+$/i, { error: "a host name" })
		.meta({ examples: ["preview.shop.example.com"] })
		.optional(),
});
