import { createRequire } from "node:module";

type RequireFromString = (code: string) => { handler: () => unknown };

/**
 * The provider that a `__provider` text gives, made just as Pulumi's dynamic provider makes it: with the same package, in
 * plain Node, from the program's folder.
 */
export function providerOf<T>(text: string): T {
	const ofPulumi = createRequire(require.resolve("@pulumi/pulumi/package.json"));
	const requireFromString = ofPulumi("require-from-string") as RequireFromString;
	return requireFromString(text).handler() as T;
}

/** A file of the components as the provider's process loads it: there, one file may load another at the last moment. */
export function loadInProvider<T>(file: string): T {
	const load = createRequire(__filename);
	load("pulumi-docker-blue-green/quick-start.cjs");
	return load(`pulumi-docker-blue-green/${file}`) as T;
}
