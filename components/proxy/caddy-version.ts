/** Oldest Caddy that counts right. */
export const OLDEST_CADDY = "2.11.3";

/** What will not do with an older one. */
export const OLD_CADDY =
	"before 2.11.2 its admin API forgets requests in flight to upstreams that a reload removed, so a drain would end too early";

/** The version in what `caddy version` prints, or in an image's tag; undefined where there is none of three parts. */
export function readCaddyVersion(text: string): string | undefined {
	return /v?(\d+\.\d+\.\d+)/.exec(text)?.[1];
}

/** @param version As `readCaddyVersion` gives it. */
export function isOldCaddy(version: string): boolean {
	const [have, want] = [version, OLDEST_CADDY].map((text) => text.split(".").map(Number));
	const difference = have?.map((part, index) => part - (want?.[index] ?? 0)).find((part) => part !== 0) ?? 0;
	return difference < 0;
}
