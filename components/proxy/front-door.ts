import { indent } from "./lines";
import type { TlsSite } from "./tls";

/** What every public request meets before it is somebody's: what it may claim, how large it may be, how it is answered. */
export interface FrontDoor {
	/** Unset: plain HTTP only. */
	readonly tls?: TlsSite;
	/** Networks in CIDR form whose X-Forwarded-* are believed. */
	readonly trustedProxies?: readonly string[];
	readonly securityHeaders?: boolean;
	/** As Caddy reads it: "10MB". Unset: any. */
	readonly maxRequestBody?: string;
	readonly compress?: boolean;
}

/** Global options: whom to believe where a request comes from. The last address that is not trusted is the client's. */
export function trustOptions({ trustedProxies = [] }: FrontDoor): string[] {
	if (trustedProxies.length === 0) return [];
	return [
		"servers {",
		...indent([`trusted_proxies static ${trustedProxies.join(" ")}`, "trusted_proxies_strict"]),
		"}",
	];
}

/** Not in the site that takes what waited: that has been here before. */
export function frontBlock(front: FrontDoor): string[] {
	return [...claims(front), ...answers(front), ...limits(front)];
}

/**
 * Who the client is, is the proxy's to say: Caddy sets X-Forwarded-For, -Proto and -Host itself, and what else an
 * application might believe of that kind is dropped, or set too.
 */
function claims({ trustedProxies = [] }: FrontDoor): string[] {
	const always = ["request_header -Forwarded", "request_header X-Real-IP {client_ip}"];
	if (trustedProxies.length === 0) return ["request_header -X-Forwarded-*", ...always];
	const networks = trustedProxies.join(" ");
	return [
		`@stranger not remote_ip ${networks}`,
		"request_header @stranger -X-Forwarded-*",
		`@trusted remote_ip ${networks}`,
		"# Without what stands before the client's address, which the client may have made up.",
		"request_header @trusted X-Forwarded-For {client_ip}",
		...always,
	];
}

function answers({ securityHeaders, compress }: FrontDoor): string[] {
	return [
		...(securityHeaders ? SECURITY_HEADERS : []),
		...(compress ? ["encode zstd gzip {", "\tmatch {", ...indent(indent(COMPRESSED)), "\t}", "}"] : []),
	];
}

function limits({ maxRequestBody }: FrontDoor): string[] {
	return maxRequestBody === undefined ? [] : ["request_body {", `\tmax_size ${maxRequestBody}`, "}"];
}

/** "?": only where the application has not set it. */
const SECURITY_HEADERS = [
	"header {",
	"\t?X-Content-Type-Options nosniff",
	"\t?X-Frame-Options SAMEORIGIN",
	"\t?Referrer-Policy strict-origin-when-cross-origin",
	"}",
];

/** What gets smaller. Caddy's own list has text/*, and with it event streams, which must not wait for a full block. */
const COMPRESSED = [
	"header Content-Type text/html*",
	"header Content-Type text/css*",
	"header Content-Type text/plain*",
	"header Content-Type text/csv*",
	"header Content-Type text/markdown*",
	"header Content-Type text/xml*",
	"header Content-Type text/javascript*",
	"header Content-Type application/javascript*",
	"header Content-Type application/json*",
	"header Content-Type application/ld+json*",
	"header Content-Type application/problem+json*",
	"header Content-Type application/manifest+json*",
	"header Content-Type application/xml*",
	"header Content-Type application/xhtml+xml*",
	"header Content-Type application/rss+xml*",
	"header Content-Type application/atom+xml*",
	"header Content-Type application/wasm*",
	"header Content-Type image/svg+xml*",
	"header Content-Type font/ttf*",
	"header Content-Type font/otf*",
];
