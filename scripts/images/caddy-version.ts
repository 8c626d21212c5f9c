import { Problem } from "../lib/problem";

const oldest = [2, 11, 3] as const;

/**
 * Refuses a Caddy that cannot drain.
 *
 * @param versionText what `caddy version` prints, such as "v2.11.9 h1:…", or a bare "2.11.9".
 * Throws Problem for a version older than 2.11.3, and for a text that holds no version.
 */
export function assertCaddyVersion(versionText: string): void {
	const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(versionText.trim());
	const wanted = oldest.join(".");
	if (!found) {
		throw new Problem(
			`Caddy says "${versionText.trim()}" where its version should be; ${wanted} or newer is needed. Ask it: caddy version`,
		);
	}
	const version = found.slice(1, 4).map(Number);
	if (compare(version, oldest) >= 0) return;
	throw new Problem(
		`Caddy ${version.join(".")} is too old: ${wanted} or newer is needed. Before 2.11.2 the admin endpoint /reverse_proxy/upstreams forgets requests in flight to upstreams that a reload removed, so a drain would end while they run. Set the proxy's image to caddy:2.11-alpine or newer.`,
	);
}

function compare(a: readonly number[], b: readonly number[]): number {
	for (let i = 0; i < b.length; i++) {
		const difference = (a[i] ?? 0) - (b[i] ?? 0);
		if (difference !== 0) return difference;
	}
	return 0;
}
