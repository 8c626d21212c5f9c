"use strict";

/**
 * Preloaded into the program's process (`nodeargs` in Pulumi.yaml) and into the provider's: lets Node load TypeScript,
 * and leaves out of Pulumi's SDK what this package has no use for. Measured: half of the start of either process.
 *
 * Plain JavaScript, because nothing can load TypeScript before it.
 */
const { readFileSync } = require("node:fs");
const Module = require("node:module");

/**
 * Needed only to serialize functions into the state, which the constant provider texts make superfluous (see
 * blue-green/shim.ts). Loaded when first used, should a program of somebody's do that.
 */
const WHEN_USED = new Set(["typescript", "@npmcli/arborist"]);
/** Maps the whole stack of every resource's constructor through source maps, and there is nothing to map to: see below. */
const NEVER = new Set(["source-map-support/register"]);

const load = Module._load;
Module._load = function (request, ...rest) {
	if (NEVER.has(request)) return {};
	if (!WHEN_USED.has(request)) return load.call(this, request, ...rest);
	let real;
	const get = (_target, key) => {
		// Said at once, so that nothing copies the module's properties when it is imported.
		if (key === "__esModule") return true;
		real ??= load.call(this, request, ...rest);
		return key === "default" ? real : real[key];
	};
	return new Proxy({}, { get });
};

// esbuild keeps lines where they are enough for a stack trace to be found in the source.
Module._extensions[".ts"] = (module, file) => {
	const { transformSync } = require("esbuild");
	const { code } = transformSync(readFileSync(file, "utf8"), {
		loader: "ts",
		format: "cjs",
		target: "node20",
		platform: "node",
		sourcefile: file,
	});
	module._compile(code, file);
};
