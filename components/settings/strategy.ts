import { z } from "zod";
import { duration, text } from "./values";

/** One step of a gradual release. */
const step = z.strictObject({
	/** Percent of new visitors that get the new color; 0 only with `only`. The last step is followed by all. */
	share: z
		.number()
		.min(0)
		// Everybody gets the new color after the last step; `observe.window` looks at that.
		.max(99.9)
		.meta({ examples: [5] }),
	/** How long it stays so before the next step. */
	hold: duration.default(0),
	/** The `up` ends here, after the hold, until somebody says that it may go on; see `promoted`. */
	pause: z.boolean().default(false),
});

/** Letters, digits and what else means nothing in a Caddyfile. */
const plainValue = z
	.string()
	.regex(/^[A-Za-z0-9._~+/=:@-]+$/, { error: 'letters, digits and . _ ~ + / = : @ - only, such as "yes"' });

/** Visitors who get the new color whatever the share; anybody can send it, so it keeps nobody out. */
const only = z.strictObject({
	/** Name of a request header, or of a cookie; one of the two. */
	header: z
		.string()
		.regex(/^[A-Za-z0-9-]+$/, { error: "a header name" })
		.meta({ examples: ["X-Staff"] })
		.optional(),
	/** Name of a cookie, instead of `header`. */
	cookie: z
		.string()
		.regex(/^[A-Za-z0-9_-]+$/, { error: "a cookie name" })
		.meta({ examples: ["staff"] })
		.optional(),
	/** What the header or the cookie has to say. */
	value: plainValue,
});

export const strategy = z.strictObject({
	/** Ascending shares. Empty: all traffic moves at once. */
	steps: z.array(step).default([]),
	/** Visitors who get the new color whatever the share. */
	only: only.optional(),
	/** Whether a visitor stays on the color first met, by a cookie of this release. */
	sticky: z.boolean().default(true),
	/**
	 * "2.0.0@25": the release of 2.0.0 goes on past its pauses up to 25 %. With a revision: "2.0.0+3@25". `npm run promote`
	 * sets it; what it says of other versions means nothing.
	 */
	promoted: text
		.regex(/^.+@\d+(\.\d+)?$/, { error: 'a version and a share, such as "2.0.0@25"' })
		.meta({ examples: ["2.0.0@25"] })
		.optional(),
});
export type Strategy = z.infer<typeof strategy>;
