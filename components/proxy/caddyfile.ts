import { COLORS } from "../settings/schema";
import { ACCESS_LOG_OPTIONS } from "./access-log";
import { colorBlock, type RouteTables, UPSTREAM_OPTIONS } from "./color-routes";
import { type FrontDoor, frontBlock, trustOptions } from "./front-door";
import { afterTheHold, HELD_OPTIONS } from "./held";
import { indent, snippet } from "./lines";
import { ADMIN_PORT } from "./ports";
import { type Preview, previewOptions, previewSites, previewSnippets } from "./preview";
import type { Sharing } from "./share";
import { namelessSite, tlsOptions, tlsSites } from "./tls";
import { trafficBlock } from "./traffic";

/** What the proxy listens on and says of itself. */
export interface Site {
	readonly httpPort: number;
	/** Host names served; empty: any. */
	readonly hosts: readonly string[];
	/** Response header that names the color; false: none. */
	readonly colorHeader: string | false;
	/** Longest time that requests wait at the proxy, in ms. */
	readonly holdForMs: number;
	/** Unset: plain HTTP, and nothing asked for. */
	readonly frontDoor?: FrontDoor;
	/** Unset: the color that does not serve cannot be reached. */
	readonly preview?: Preview;
}

/** As the settings are where nobody has said anything of a strategy. */
const DEFAULT: Sharing = { sticky: true };

/** Caddy's admin API; inside the container, on loopback only. */
export const ADMIN_ADDRESS = `127.0.0.1:${ADMIN_PORT}`;
/** How long a reload or a stop waits for requests and streams of the old configuration. */
const GRACE_PERIOD = "30s";

/**
 * The whole Caddyfile. It depends on the routing shape only (hosts, ports, routes, replicas), never on which color is
 * active or on versions: a release changes the switch file, and this text stays the same.
 *
 * While one color has all traffic, a request costs one read of the switch file and plain comparisons; only a
 * value that says more pays for more. Measured on 2 cores, 50 connections, a trivial upstream: see docs/benchmarks.md.
 */
export function renderCaddyfile(site: Site, tables: RouteTables, sharing: Sharing = DEFAULT): string {
	const lines = [
		"# Rendered from the stack's settings. Edits are found by `pulumi refresh` and put right by `pulumi up`.",
		...globalOptions(site, sharing),
		"",
		...snippet("upstream", UPSTREAM_OPTIONS),
		...COLORS.flatMap((color) => snippet(color, colorBlock(color, site.colorHeader, tables[color]))),
		...previewSnippets(site.preview),
		...snippet("traffic", trafficBlock(site, sharing)),
		...snippet("public", [...frontBlock(site.frontDoor ?? {}), "import traffic"]),
		...publicSites(site),
		...previewSites(site.preview, site.httpPort, site.frontDoor),
		"",
		...afterTheHold(["\timport traffic"]),
	];
	// Without this, Caddy answers a host that it does not know with an empty 200.
	if (site.hosts.length > 0) lines.push("", ...noSuchHost(site));
	return `${lines.join("\n")}\n`;
}

function globalOptions({ httpPort, preview, frontDoor = {} }: Site, { counted }: Sharing): string[] {
	return [
		"{",
		...indent([
			`admin ${ADMIN_ADDRESS}`,
			...tlsOptions(frontDoor.tls, httpPort),
			"persist_config off",
			`grace_period ${GRACE_PERIOD}`,
			...HELD_OPTIONS,
			...trustOptions(frontDoor),
			...(counted ? ACCESS_LOG_OPTIONS : []),
			...previewOptions(preview),
		]),
		"}",
	];
}

/** Where visitors come in. */
function publicSites({ httpPort, hosts, frontDoor }: Site): string[] {
	const lines = ["import public"];
	if (frontDoor?.tls) return tlsSites(frontDoor.tls, httpPort, hosts, lines);
	const addresses = hosts.length === 0 ? [""] : hosts;
	return [`${addresses.map((host) => `http://${host}:${httpPort}`).join(", ")} {`, ...indent(lines), "}"];
}

function noSuchHost({ httpPort, frontDoor }: Site): string[] {
	const answer = ['respond "no such host" 421'];
	const plain = [`http://:${httpPort} {`, ...indent(answer), "}"];
	return frontDoor?.tls ? [...plain, "", ...namelessSite(frontDoor.tls, answer)] : plain;
}
