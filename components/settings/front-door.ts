import { z } from "zod";
import { tls } from "./tls";
import { port } from "./values";

/** What the proxy does for every request before a color gets it: part of the group `proxy`. */
export const frontDoor = {
	/** Where the proxy listens for HTTPS and, over UDP, for HTTP/3; only where `tls.mode` is not off. */
	httpsPort: port.default(8443),
	/** How the proxy speaks HTTPS. */
	tls,
	/**
	 * Proxies in front of this one, as addresses or networks ("10.0.0.0/8"). What they say of the client, in X-Forwarded-*,
	 * is believed; what anybody else says is dropped.
	 */
	trustedProxies: z
		.array(
			z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
				error: "an address or a network in CIDR form",
			}),
		)
		.default([]),
	/** X-Content-Type-Options, X-Frame-Options and Referrer-Policy, where the application does not set them itself. */
	securityHeaders: z.boolean().default(false),
	/** Largest body of a request; a larger one is answered 413. MB is 1,000,000 bytes, MiB 1,048,576. Unset: any. */
	maxRequestBody: z
		.string()
		.regex(/^[1-9]\d{0,8} ?([kMG]i?B|KiB|B)$/, { error: 'a size such as "500kB", "10MB" or "1GiB"' })
		.meta({ examples: ["10MB"] })
		.optional(),
	/** Compresses text, JSON, SVG and the like by zstd or gzip, as the client can; never event streams. */
	compress: z.boolean().default(false),
};
