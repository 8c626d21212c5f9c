import { indent } from "./lines";
import { builtInPage, type PageText } from "./page";

/**
 * What the proxy says in place of the product: in maintenance, to a request that waited in vain, and where no replica of the
 * color answers. HTML for people; JSON for a client that accepts JSON and no HTML, whatever the path, because one route may
 * well serve both.
 *
 * The pages are files in the config volume. Caddy puts a file's text into an answer as it is, so a page may hold braces,
 * quotes and whatever else means something in a Caddyfile; and another page needs no reload.
 */

const KINDS = ["maintenance", "held", "down"] as const;
export type PageKind = (typeof KINDS)[number];

const TEXTS: Readonly<Record<PageKind, PageText>> = {
	maintenance: {
		title: "Back soon",
		sentence: "This site is closed for maintenance, and opens again as soon as that is done.",
	},
	held: {
		title: "A short interruption",
		sentence: "Something that this site needs is being replaced, which takes longer than it should.",
	},
	down: {
		title: "One moment, please",
		sentence: "This site does not answer just now.",
	},
};

/** For clients that read it: crawlers, load balancers, programs. */
const RETRY_AFTER_S = 5;

/** The text of each page by the path of its file. @param own The user's page; unset: the built-in ones. */
export function pageFiles(own: string | undefined): Record<string, string> {
	return Object.fromEntries(KINDS.map((kind) => [fileOf(kind), own ?? builtInPage(TEXTS[kind])]));
}

function fileOf(kind: PageKind): string {
	return `/config/blue-green/pages/${kind}.html`;
}

/**
 * The answer to a request that the product does not get.
 *
 * @param status Three digits, or Caddy's name for the status of the error at hand.
 */
export function pageAnswer(kind: PageKind, status: string): string[] {
	const json =
		kind === "down"
			? `{"error":"unavailable","status":${status},"retryAfterSeconds":${RETRY_AFTER_S}}`
			: `{"error":"maintenance","retryAfterSeconds":${RETRY_AFTER_S}}`;
	return [
		`header Retry-After ${RETRY_AFTER_S}`,
		"header Cache-Control no-store",
		"@json {",
		"\theader Accept *json*",
		"\tnot header Accept *text/html*",
		"}",
		"handle @json {",
		"\theader Content-Type application/json",
		`\trespond \`${json}\` ${status}`,
		"}",
		"handle {",
		'\theader Content-Type "text/html; charset=utf-8"',
		`\trespond {file.${fileOf(kind)}} ${status}`,
		"}",
	];
}

/**
 * The last resort: what the proxy answers where it has nobody to ask. Answers of the application itself, whatever their
 * status, are passed on as they are.
 *
 * @param before Cases that come first.
 */
export function errorPages(before: readonly string[]): string[] {
	return [
		"handle_errors 502 503 504 {",
		...indent(before),
		"\thandle {",
		...indent(indent(pageAnswer("down", "{err.status_code}"))),
		"\t}",
		"}",
	];
}
