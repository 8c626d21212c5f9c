import pinned from "../toolchain/versions.json";

/** Every version that the set-up pins; scripts/toolchain/versions.json is the one place to change them. */
export const versions = pinned;

export type PluginName = keyof typeof pinned.plugins;

/** The plugins that the programs here ask for, with the versions of their npm packages. */
export const plugins = Object.entries(pinned.plugins) as [PluginName, string][];

/**
 * @returns whether a version such as "v3.256.0" is `minimum` or newer. A pre-release ("3.256.0-alpha.1") counts as older
 * than its release; Debian's suffixes ("20.10.24+dfsg1") do not matter. False for a text that is no version.
 */
export function isAtLeast(version: string, minimum: string): boolean {
	const found = parse(version);
	const wanted = parse(minimum);
	if (!found || !wanted) return false;
	for (const [index, part] of found.parts.entries()) {
		const other = wanted.parts[index] ?? 0;
		if (part !== other) return part > other;
	}
	return wanted.preRelease || !found.preRelease;
}

function parse(version: string): { parts: number[]; preRelease: boolean } | undefined {
	const match = /^v?(\d+)\.(\d+)\.(\d+)(-)?/.exec(version.trim());
	if (!match) return undefined;
	return { parts: match.slice(1, 4).map(Number), preRelease: match[4] !== undefined };
}
