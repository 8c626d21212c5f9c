import type { ProxySettings } from "../settings/schema";
import { indent } from "./lines";
import { CERTIFICATES_PORT } from "./ports";

/** How Caddy speaks HTTPS. Keys are in no Caddyfile: it names files, or Caddy makes them itself. */

export interface TlsSite {
	readonly httpsPort: number;
	/** Names that there have to be certificates for; empty: whatever a client asks for. */
	readonly names: readonly string[];
	/** Plain HTTP is sent here. */
	readonly redirect: boolean;
	/** Unset: browsers are not told to keep to HTTPS. */
	readonly hsts?: { readonly seconds: number; readonly includeSubDomains: boolean };
	readonly certificates: Certificates;
}

/** Where certificates come from. */
export type Certificates =
	| { readonly mode: "internal" }
	| { readonly mode: "acme"; readonly email: string; readonly directory: string; readonly ownRoot: boolean }
	/** Absolute paths in the proxy's container. */
	| { readonly mode: "files"; readonly certificate: string; readonly key: string };

/** Where the folder of certificate files is mounted. */
export const CERTIFICATES_FOLDER = "/certificates";
/** Where the root certificate of a private ACME directory is mounted. */
export const DIRECTORY_ROOT = "/directory-root.pem";

const LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory";
const LETS_ENCRYPT_STAGING = "https://acme-staging-v02.api.letsencrypt.org/directory";

/** Paths that answer over plain HTTP too: for load balancers, and for ACME clients beside Caddy. */
const PLAIN = "/health /.well-known/acme-challenge/*";

/**
 * What the settings mean; undefined where they say off.
 * @param address An address at which the Docker host reaches the proxy: a stack without hosts has that name, if it makes
 * its certificates itself.
 */
export function tlsSite(
	{ tls, hosts, httpsPort }: Pick<ProxySettings, "tls" | "hosts" | "httpsPort">,
	address: string,
): TlsSite | undefined {
	if (tls.mode === "off") return undefined;
	const { redirect, hsts } = tls;
	const ownNames = tls.mode === "internal" ? [...new Set([address, "localhost"])] : [];
	const names = hosts.length > 0 ? hosts : ownNames;
	return { httpsPort, names, redirect, ...(hsts && { hsts }), certificates: certificatesOf(tls) };
}

function certificatesOf(tls: Exclude<ProxySettings["tls"], { mode: "off" }>): Certificates {
	switch (tls.mode) {
		case "internal":
			return { mode: "internal" };
		case "acme": {
			const { email, staging = true, directory } = tls;
			const ownRoot = tls.directoryRoot !== undefined;
			return {
				mode: "acme",
				email,
				ownRoot,
				directory: directory ?? (staging ? LETS_ENCRYPT_STAGING : LETS_ENCRYPT),
			};
		}
		case "files":
			return {
				mode: "files",
				certificate: `${CERTIFICATES_FOLDER}/${tls.certificate}`,
				key: `${CERTIFICATES_FOLDER}/${tls.key}`,
			};
	}
}

/** Global options. */
export function tlsOptions(tls: TlsSite | undefined, httpPort: number): string[] {
	if (tls === undefined) return ["auto_https off"];
	const { httpsPort, names, certificates } = tls;
	// For clients that name no host, such as load balancers that look whether it is alive.
	const nameless = names.find((name) => !name.startsWith("*."));
	return [
		// Redirects are our own: Caddy's leave nothing out.
		certificates.mode === "files" ? "auto_https off" : "auto_https disable_redirects",
		// Where Caddy answers an authority's challenges.
		`http_port ${httpPort}`,
		`https_port ${httpsPort}`,
		...(nameless === undefined ? [] : [`default_sni ${nameless}`]),
		...(certificates.mode === "internal" ? ["skip_install_trust"] : []),
	];
}

/**
 * The sites of a stack that has certificates: HTTPS, and plain HTTP that is sent there.
 *
 * @param hosts Host names served; empty: any.
 * @param lines What the public site does.
 */
export function tlsSites(
	tls: TlsSite,
	httpPort: number,
	hosts: readonly string[],
	lines: readonly string[],
): string[] {
	const { httpsPort, names, redirect, certificates } = tls;
	const secure = [...names, ...(hosts.length === 0 ? [""] : [])].map(
		(name) => `https://${inUrl(name)}:${httpsPort}`,
	);
	const plain = (hosts.length === 0 ? [""] : hosts).map((host) => `http://${host}:${httpPort}`);
	return [
		`${secure.join(", ")} {`,
		...indent([...tlsBlock(certificates), ...hstsHeader(tls), ...lines]),
		"}",
		"",
		`${plain.join(", ")} {`,
		...indent([...(redirect ? toHttps(httpsPort) : []), ...lines]),
		"}",
		...(certificates.mode === "files" ? ["", ...certificateSite(certificates)] : []),
	];
}

/**
 * HTTPS for a host that is not served, and for who names none before the request. There is no certificate for the first but in
 * files, which are shown to everybody.
 */
export function namelessSite({ httpsPort, certificates }: TlsSite, lines: readonly string[]): string[] {
	const own = certificates.mode === "files" ? tlsBlock(certificates) : [];
	return [`https://:${httpsPort} {`, ...indent([...own, ...lines]), "}"];
}

/** Where a site has its certificates from. */
export function tlsBlock(certificates: Certificates): string[] {
	switch (certificates.mode) {
		case "internal":
			return ["tls internal"];
		case "acme": {
			const { email, directory, ownRoot } = certificates;
			const issuer = [
				`dir ${directory}`,
				`email ${email}`,
				...(ownRoot ? [`trusted_roots ${DIRECTORY_ROOT}`] : []),
			];
			return ["tls {", "\tissuer acme {", ...indent(indent(issuer)), "\t}", "}"];
		}
		case "files":
			return [
				"tls {",
				`\tget_certificate http http://127.0.0.1:${CERTIFICATES_PORT}/now`,
				`\tget_certificate http http://127.0.0.1:${CERTIFICATES_PORT}/soon`,
				"}",
			];
	}
}

function hstsHeader({ hsts }: TlsSite): string[] {
	if (hsts === undefined) return [];
	const { seconds, includeSubDomains } = hsts;
	return [
		`header Strict-Transport-Security "max-age=${seconds}${includeSubDomains ? "; includeSubDomains" : ""}"`,
	];
}

/** 308: whoever sent a POST sends it there again. */
function toHttps(httpsPort: number): string[] {
	const port = httpsPort === 443 ? "" : `:${httpsPort}`;
	return [`@plain not path ${PLAIN}`, `redir @plain https://{host}${port}{uri} 308`];
}

/** Nobody listens here, ever. */
const NOWHERE = "unix/@no-certificate";
/** Longer than it takes to rename two files, shorter than a client waits. */
const SOON = "1s";

/**
 * What hands Caddy its certificate files. A certificate that stands in the configuration is read when that is loaded, and
 * a load closes connections; what Caddy is told to ask for, it asks for at every handshake, and so a renewed pair is in
 * use at once, and no connection is closed.
 *
 * Two files are not renewed in one instant. A pair that does not fit is asked for once more a little later: the way
 * there is an address where nobody listens, which Caddy tries for a second.
 */
function certificateSite({ certificate, key }: Extract<Certificates, { mode: "files" }>): string[] {
	const pair = (status: number) => [
		"respond <<PEM",
		`{file.${certificate}}`,
		`{file.${key}}`,
		`PEM ${status}`,
	];
	return [
		`http://127.0.0.1:${CERTIFICATES_PORT} {`,
		...indent([
			"bind 127.0.0.1",
			"handle /now {",
			...indent(pair(200)),
			"}",
			"handle /soon {",
			`\treverse_proxy ${NOWHERE} {`,
			`\t\tlb_try_duration ${SOON}`,
			"\t}",
			"}",
			"handle_errors {",
			...indent(pair(200)),
			"}",
		]),
		"}",
	];
}

/** An IPv6 address has brackets in a URL. */
function inUrl(name: string): string {
	return name.includes(":") ? `[${name}]` : name;
}
