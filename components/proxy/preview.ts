import { REQUEST_MATCHER, sendTo } from "./color-routes";
import { type FrontDoor, frontBlock } from "./front-door";
import { indent, snippet } from "./lines";
import { PREVIEW_TOKEN_FILE } from "./paths";
import { PREVIEWED_PATTERNS } from "./previewed";
import { SWITCH_FILE } from "./switch-file";
import { tlsBlock } from "./tls";

/**
 * How the color that does not serve is reached before visitors come to it: by a request that carries the token, by a port
 * on the Docker host's loopback, by a host name.
 *
 * The token stands in a file, never in this text. A request without the header and the cookie costs one look at its
 * headers; only one that has them costs a look at the file. A wrong token changes nothing but that: such a request goes on to
 * where all others go. So a guess gets what everybody gets.
 */

/** What of the preview is in the Caddyfile. */
export interface Preview {
	readonly header: string;
	readonly cookie: string;
	/** Published on the Docker host's loopback only. */
	readonly port?: number;
	readonly host?: string;
}

/** Global options. `route` is used for nothing but this, which has to come before everything else. */
export function previewOptions(preview: Preview | undefined): string[] {
	return preview === undefined ? [] : ["order route before handle"];
}

/** The snippets that the lines below import. */
export function previewSnippets(preview: Preview | undefined): string[] {
	if (preview === undefined) return [];
	return [...snippet("previewed", previewedBlock()), ...snippet("without_token", withoutToken(preview))];
}

/** First of all that happens to a request: one with the right token is answered here. */
export function previewBlock(preview: Preview | undefined): string[] {
	if (preview === undefined) return [];
	const { header, cookie } = preview;
	return [
		"# With the header or the cookie of the preview: an or, as Caddy has it.",
		"@asks_for_preview {",
		"\tnot {",
		`\t\tnot header ${header} *`,
		`\t\tnot header Cookie *${cookie}=*`,
		"\t}",
		"}",
		"route @asks_for_preview {",
		"\t# A missing file reads as empty, as does a missing cookie: neither is a right token.",
		"\t@right_token {",
		`\t\tnot vars {file.${PREVIEW_TOKEN_FILE}} ""`,
		"\t\tnot {",
		`\t\t\tnot vars {http.request.header.${header}} {file.${PREVIEW_TOKEN_FILE}}`,
		`\t\t\tnot vars {http.request.cookie.${cookie}} {file.${PREVIEW_TOKEN_FILE}}`,
		"\t\t}",
		"\t}",
		"\tvars @right_token preview yes",
		"\timport without_token",
		"\t@preview vars {http.vars.preview} yes",
		"\thandle @preview {",
		"\t\timport previewed",
		"\t}",
		"}",
	];
}

/** For `handle_errors`: the color that was to be looked at did not answer. */
export function previewFailed(preview: Preview | undefined): string[] {
	if (preview === undefined) return [];
	return [
		"@preview_failed vars {http.vars.preview} yes",
		"handle @preview_failed {",
		"\theader Cache-Control no-store",
		'\trespond "Nothing to preview: the standby color has no release, or does not answer." 503',
		"}",
	];
}

/**
 * Where no token is asked for: who gets here is on the Docker host, or knows the name.
 * @param front As for the public side: with TLS the host name has a certificate, as every host has.
 */
export function previewSites(
	preview: Preview | undefined,
	httpPort: number,
	front: FrontDoor = {},
): string[] {
	const { host, port } = preview ?? {};
	const { tls } = front;
	const sites = [
		...(host === undefined ? [] : [{ address: `http://${host}:${httpPort}`, lines: [] }]),
		...(host === undefined || tls === undefined
			? []
			: [{ address: `https://${host}:${tls.httpsPort}`, lines: tlsBlock(tls.certificates) }]),
		...(port === undefined ? [] : [{ address: `http://:${port}`, lines: [] }]),
	];
	return sites.flatMap(({ address, lines }) => [
		"",
		`${address} {`,
		...indent([
			...lines,
			...frontBlock(front),
			...REQUEST_MATCHER,
			"vars preview yes",
			"route {",
			"\timport without_token",
			"\timport previewed",
			"}",
			"handle_errors {",
			...indent(previewFailed(preview)),
			"}",
		]),
		"}",
	]);
}

function previewedBlock(): string[] {
	return [
		"log_skip",
		"header >X-Robots-Tag noindex",
		`map {file.${SWITCH_FILE}} {previewed} {`,
		...indent(PREVIEWED_PATTERNS),
		"}",
		"@previewed_blue vars {previewed} blue",
		"handle @previewed_blue {",
		`\t${sendTo("blue", "once")}`,
		"}",
		"handle {",
		`\t${sendTo("green", "once")}`,
		"}",
	];
}

/** Neither the token nor a guess is the application's business; other cookies are. */
function withoutToken({ header, cookie }: Preview): string[] {
	return [
		`request_header -${header}`,
		`request_header Cookie \`(^|;\\s*)${cookie}=[^;]*\` ""`,
		'request_header Cookie `^;\\s*` ""',
		'@no_cookie_left vars {http.request.header.Cookie} ""',
		"request_header @no_cookie_left -Cookie",
	];
}
