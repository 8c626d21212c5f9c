"use strict";

/**
 * Preloaded into the program's process (`nodeargs` in Pulumi.yaml) and into the provider's: leaves out of Pulumi's
 * SDK what this package has no use for, and in the repository lets Node load TypeScript. Measured there: half of the start
 * of either process.
 *
 * Plain JavaScript, because nothing can load TypeScript before it.
 */
const { existsSync } = require("node:fs");
const Module = require("node:module");
const { basename, dirname, join } = require("node:path");

/**
 * Loaded when first used. By the name that it is asked for, and where that is a path, by the file that asks.
 *
 * - Serializing functions into the state, which the constant provider texts make superfluous (see blue-green/shim.ts).
 * - Running other stacks from within a program.
 * - What zod says in some forty languages other than English.
 */
const WHEN_USED = new Set([
	"typescript",
	"@npmcli/arborist",
	"normalize-package-data",
	"@pulumi/pulumi/index.js ./automation",
	"zod/v4/classic/external.cjs ../locales/index.cjs",
	"zod/v4/core/index.cjs ../locales/index.cjs",
]);
/**
 * As above, for what is taken apart as soon as it is loaded: each export is loaded when it is called, made or looked into.
 * All of them are functions and classes. Tracing is what the CLI turns on with --tracing only.
 */
const EXPORTS_WHEN_USED = new Set([
	"@opentelemetry/exporter-zipkin",
	"@opentelemetry/instrumentation",
	"@opentelemetry/instrumentation-grpc",
	"@opentelemetry/resources",
	"@opentelemetry/sdk-trace-base",
	"@opentelemetry/sdk-trace-node",
	"@pulumi/pulumi/runtime/index.js ./closure/codePaths",
	"@pulumi/pulumi/runtime/index.js ./closure/serializeClosure",
]);
/** What stands in for a module of which nothing is wanted. */
const INSTEAD = new Map([
	// Maps the whole stack of every resource's constructor through source maps, and there is nothing to map to: see below.
	["source-map-support/register", {}],
	// Attaches a debugger before the program is loaded, to say in which file a function was written that cannot be serialized.
	// Serializing finds it when it is needed; such an error then names the function only.
	[
		"@pulumi/pulumi/cmd/run/index.js ../../runtime/closure/v8Hooks",
		{ isInitializedAsync: () => Promise.resolve() },
	],
]);

const PROMISES = "@pulumi/pulumi/runtime/settings.js ./debuggable";

const load = Module._load;
Module._load = function (request, parent, ...rest) {
	const name = request.startsWith(".") ? `${fileInPackage(parent)} ${request}` : request;
	if (INSTEAD.has(name)) return INSTEAD.get(name);
	if (name === PROMISES) return withoutStacks(load.call(this, request, parent, ...rest));
	const exportsToo = EXPORTS_WHEN_USED.has(name);
	if (!exportsToo && !WHEN_USED.has(name)) return load.call(this, request, parent, ...rest);
	let loaded;
	const real = () => {
		loaded ??= load.call(this, request, parent, ...rest);
		return loaded;
	};
	const get = (_target, key) => {
		// Said at once, so that nothing copies the module's properties when it is imported.
		if (key === "__esModule") return true;
		if (key === "default") return real();
		return exportsToo ? standIn(() => real()[key]) : real()[key];
	};
	return new Proxy({}, { get });
};

/**
 * The SDK writes down the stack of every promise that it makes, a thousand in an `up`, to show those that were never kept.
 * It asks for that by this variable, so only then is it done.
 */
function withoutStacks(promises) {
	if (process.env.PULUMI_DEBUG_PROMISE_LEAKS || withoutStacks.done) return promises;
	withoutStacks.done = true;
	const { debuggablePromise } = promises;
	promises.debuggablePromise = (...args) => {
		const limit = Error.stackTraceLimit;
		Error.stackTraceLimit = 0;
		try {
			return debuggablePromise(...args);
		} finally {
			Error.stackTraceLimit = limit;
		}
	};
	return promises;
}

function fileInPackage(module) {
	const { filename = "" } = module ?? {};
	return filename.slice(filename.lastIndexOf("/node_modules/") + "/node_modules/".length);
}

/** Passes for a function or a class until somebody does something with it. */
function standIn(real) {
	// Neither a function nor an object, which could not be made an instance of, or not be called.
	return new Proxy(class {}, {
		construct: (_target, args) => Reflect.construct(real(), args),
		apply: (_target, self, args) => Reflect.apply(real(), self, args),
		get: (_target, key) => Reflect.get(real(), key),
		has: (_target, key) => Reflect.has(real(), key),
	});
}

const cache = join(
	dirname(require.resolve("@pulumi/pulumi/package.json")),
	"..",
	"..",
	".cache",
	"blue-green",
);

const { argv } = process;
const isProvider = basename(argv[1] ?? "") === "pulumi-resource-pulumi-nodejs";
require("./compile-cache.cjs").keepCompiled(cache, isProvider ? "provider" : "program");

// Here the components are TypeScript. The npm package holds them built, and has no loader: see scripts/package/.
const typescript = join(__dirname, "load-typescript.cjs");
if (existsSync(typescript)) require(typescript).loadTypeScript(cache);

// Neither the provider's process nor the program's ends when Pulumi is killed, and the program's then takes half a core for
// as long as the machine runs: see runtime/engine-watch.ts.
// Not the monitor: the language host, which outlives a killed engine as well, stands in for it there.
const at = isProvider ? 2 : argv.indexOf("--engine") + 1;
if (at > 0) require("./runtime/engine-watch").engineWatch.endWith(argv[at]);
