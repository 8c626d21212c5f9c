/** What is needed here of components/package.json. */
export interface SourceManifest {
	readonly name: string;
	readonly version: string;
	readonly dependencies: Readonly<Record<string, string>>;
	readonly [field: string]: unknown;
}

/** Plain JavaScript that others load by name: Node before it starts, provider texts and migrations' commands in the state. */
export const LOADED_BY_NAME = ["quick-start.cjs", "provider.cjs", "migrate.cjs"] as const;

/** All of the package that is plain JavaScript already. */
export const PLAIN = [...LOADED_BY_NAME, "compile-cache.cjs"] as const;

/**
 * @returns the manifest of the npm package: that of the sources, with the built files in place of the TypeScript, and
 * without the mark that keeps the sources from being published.
 */
export function packageManifest({ private: _, ...source }: SourceManifest): Record<string, unknown> {
	const byName = Object.fromEntries(LOADED_BY_NAME.map((file) => [`./${file}`, `./${file}`]));
	return {
		...source,
		main: "index.js",
		types: "index.d.ts",
		exports: {
			".": { types: "./index.d.ts", default: "./index.js" },
			...byName,
			"./package.json": "./package.json",
		},
		files: ["**/*.js", "**/*.d.ts", ...PLAIN],
	};
}
