import * as pulumi from "@pulumi/pulumi";

/**
 * A dynamic resource whose provider is a constant text.
 *
 * `pulumi.dynamic.Resource` serializes its provider's code into the state: every change of the code would show as a
 * diff of `__provider`, `refresh` and `destroy` would run the code of an older `up`, and the text would differ with the
 * transpiler. So this registers the same resource type with the same property, holding a text that never changes and
 * only loads `runtime/resources.ts` from the package on disk, by name: the same on every machine.
 */
export abstract class ShimResource extends pulumi.CustomResource {
	/**
	 * @param kind Name of an export of `runtime/resources.ts`.
	 * @param outputs Names of outputs that are not inputs; previews show them as unknown.
	 */
	protected constructor(
		kind: keyof typeof SHIMS,
		type: string,
		name: string,
		inputs: object,
		outputs: readonly string[],
		opts?: pulumi.CustomResourceOptions,
	) {
		const unknown = Object.fromEntries(outputs.map((output) => [output, undefined]));
		super(
			`pulumi-nodejs:dynamic/blueGreen:${type}`,
			name,
			{ ...unknown, ...inputs, __provider: SHIMS[kind] },
			opts,
		);
	}
}

/** What stands in the state as `__provider`. Plain JavaScript: the provider process is plain Node. */
export const SHIMS = {
	healthGate: shim("healthGate"),
	cutover: shim("cutover"),
	drain: shim("drain"),
	databaseLogins: shim("databaseLogins"),
	databaseCheck: shim("databaseCheck"),
	databaseHold: shim("databaseHold"),
	databaseReady: shim("databaseReady"),
	databaseResume: shim("databaseResume"),
} as const;

function shim(kind: string): string {
	// By name, found from the program's folder upwards: that is where the provider process is started.
	return `exports.handler = () => require("pulumi-docker-blue-green/provider.cjs")("${kind}");`;
}
