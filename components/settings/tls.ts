import { z } from "zod";

/** How the proxy speaks HTTPS; part of the group `proxy`. */

const hostPath = z
	.string()
	.regex(/^\/[A-Za-z0-9._/+-]*[A-Za-z0-9._+-]$/, { error: "an absolute path on the Docker host" });
/** Below the folder; it stands in a placeholder of the Caddyfile, so the characters are few. */
const fileIn = z.string().regex(/^[A-Za-z0-9_+-][A-Za-z0-9._+-]*(\/[A-Za-z0-9_+-][A-Za-z0-9._+-]*)*$/, {
	error: 'a path below the folder, such as "live/shop/fullchain.pem"',
});

/** What every mode has but `off`. */
const common = {
	/** Sends plain HTTP to HTTPS by 308, all but /health and /.well-known/acme-challenge/. */
	redirect: z.boolean().default(true),
	/** Tells browsers to come by HTTPS only, for so many seconds. They keep to it: begin with few. Unset: not told. */
	hsts: z
		.strictObject({
			/** For how long browsers keep to it. */
			seconds: z
				.int()
				.min(0)
				.max(63_072_000)
				.meta({ examples: [86_400] }),
			/** Whether the hosts below this one are meant as well. */
			includeSubDomains: z.boolean().default(false),
		})
		.optional(),
};

const off = z.strictObject({ mode: z.literal("off") });

/** Certificates of Caddy's own authority, whose root is the export `rootCertificate`. */
const internal = z.strictObject({ mode: z.literal("internal"), ...common });

/** Certificates of an ACME authority, for each of `hosts`, obtained and renewed by Caddy. */
const acme = z
	.strictObject({
		mode: z.literal("acme"),
		/** Where the authority writes to when something is wrong. */
		email: z.email({ error: "an e-mail address" }).meta({ examples: ["admin@example.com"] }),
		/** Let's Encrypt's staging, which browsers do not trust, and which may be asked often. Default: true without `directory`. */
		staging: z.boolean().optional(),
		/** The authority's ACME directory. Unset: Let's Encrypt. */
		directory: z
			.string()
			.regex(/^https:\/\/[A-Za-z0-9.-]+(:\d+)?(\/[A-Za-z0-9._~/-]*)?$/, { error: "an https:// address" })
			.meta({ examples: ["https://ca.example.com/acme/directory"] })
			.optional(),
		/** A file on the Docker host with the root certificate of the directory's own address, where it is a private one. */
		directoryRoot: hostPath.meta({ examples: ["/etc/ssl/ca.pem"] }).optional(),
		...common,
	})
	.refine(({ staging, directory }) => staging === undefined || directory === undefined, {
		path: ["staging"],
		error: "only one of staging and directory",
	});

/** Certificate and key files that something else renews; a renewed pair is in use from the next connection on. */
const files = z.strictObject({
	mode: z.literal("files"),
	/** A folder on the Docker host, mounted read-only. What links in it point to has to be in it too. */
	folder: hostPath.meta({ examples: ["/etc/letsencrypt"] }),
	/** The certificate with its chain, as PEM; a path below the folder. */
	certificate: fileIn.meta({ examples: ["live/shop.example.com/fullchain.pem"] }),
	/** Its private key, as PEM, not encrypted; a path below the folder. */
	key: fileIn.meta({ examples: ["live/shop.example.com/privkey.pem"] }),
	...common,
});

export const tls = z.discriminatedUnion("mode", [off, internal, acme, files]).default({ mode: "off" });
export type TlsSettings = z.infer<typeof tls>;
