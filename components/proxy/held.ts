import { indent } from "./lines";
import { pageAnswer } from "./pages";
import { HELD_PATTERN, SWITCH_FILE } from "./switch-file";

/**
 * How requests wait at the proxy: the third case of the Caddyfile, after the two colors, for a switch file that says
 * "held until".
 *
 * A held request is sent to an address where nobody listens, which Caddy tries again, every time with the address that the
 * switch file then stands for; when the hold is over, that is Caddy itself, and the request goes the way of all others.
 * Nothing of it is sent before: so a POST waits as well as a GET, and a body of any size, unread, with its client.
 */

/** Where Caddy takes the requests that waited: a socket without a file, which only processes in its container reach. */
const AGAIN = "unix/@after-the-hold";
/** Nobody listens here, ever. */
const NOWHERE = "@held";
/** So often a waiting request asks. Measured: 1,000 of them cost about half a core at 100 to 200 ms. */
const ASK_AGAIN_MS = 250;
/** A hold is ended by its watchdog just then; a request is told to come back where nobody has ended it. */
const AFTER_THE_END_MS = 1_000;

/** Global options: what arrives at the inner socket was sent by Caddy, which has set the client's address. */
export const HELD_OPTIONS = [`servers ${AGAIN} {`, "\ttrusted_proxies_unix", "}"];

/** @param holdForMs Longest time that requests are held. */
export function heldBlock(holdForMs: number): string[] {
	return [
		"# Held until a time that stands in the switch file; from then on it is read as if it did not.",
		`map {file.${SWITCH_FILE}} {held_until} {held_for} {`,
		`\t~${HELD_PATTERN} $1 ${NOWHERE}`,
		`\tdefault 0 ${AGAIN.slice("unix/".length)}`,
		"}",
		"@held expression `{held_until} > {time.now.unix}`",
		"handle @held {",
		"\tvars held yes",
		"\treverse_proxy unix/{held_for} {",
		`\t\tlb_try_duration ${holdForMs + AFTER_THE_END_MS}ms`,
		`\t\tlb_try_interval ${ASK_AGAIN_MS}ms`,
		"\t\tstream_close_delay 30s",
		"\t\t# A small body is read, or Caddy would not see that its client has given up.",
		"\t\trequest_buffers 64KiB",
		"\t\theader_up -Via",
		"\t\theader_down -Via",
		"\t}",
		"}",
	];
}

/** What a request is answered that waited until the end, and nobody had ended the hold; the first case of the error pages. */
export const HELD_IN_VAIN = [
	"@held vars {http.vars.held} yes",
	"handle @held {",
	...indent(pageAnswer("held", "503")),
	"}",
];

/** The site that takes what waited. @param lines What the public site does. */
export function afterTheHold(lines: readonly string[]): string[] {
	return ["http:// {", `\tbind ${AGAIN}`, ...lines, "}"];
}
