"use strict";

/**
 * Preloaded into the program's process (`nodeargs` in Pulumi.yaml) and into the provider's: lets Node load TypeScript,
 * and leaves out of Pulumi's SDK what this package has no use for. Measured: half of the start of either process.
 *
 * Plain JavaScript, because nothing can load TypeScript before it.
 */
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { basename, dirname, join } = require("node:path");

/**
 * Needed only to serialize functions into the state, which the constant provider texts make superfluous (see
 * blue-green/shim.ts). Loaded when first used, should a program of somebody's do that.
 */
const WHEN_USED = new Set([
	"typescript",
	"@npmcli/arborist",
	"normalize-package-data",
	// Tracing, which the CLI turns on with --tracing only.
	"@opentelemetry/exporter-zipkin",
	"@opentelemetry/instrumentation-grpc",
	"@opentelemetry/resources",
	"@opentelemetry/sdk-trace-base",
	"@opentelemetry/sdk-trace-node",
]);
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

/** Stripped of its types, by the hash of what it is made from; every process of every `up` would do it anew. */
const esbuild = require.resolve("esbuild/package.json");
const cache = join(dirname(esbuild), "..", ".cache", "blue-green");

// No source map: esbuild keeps the names, and lines so near that the place is found.
Module._extensions[".ts"] = (module, file) => {
	const source = readFileSync(file, "utf8");
	const { version } = require(esbuild);
	const key = createHash("sha256").update(version).update("\0").update(source).digest("hex");
	const cached = join(cache, `${key}.cjs`);
	let code;
	try {
		code = readFileSync(cached, "utf8");
	} catch {
		code = stripTypes(source, file);
		keep(cached, code);
	}
	module._compile(code, file);
};

function stripTypes(source, sourcefile) {
	const { transformSync } = require("esbuild");
	const options = { loader: "ts", format: "cjs", target: "node20", platform: "node", sourcefile };
	return transformSync(source, options).code;
}

/** Whoever reads it meanwhile sees all of it or nothing. A folder that cannot be written costs time, no more. */
function keep(file, text) {
	try {
		mkdirSync(cache, { recursive: true });
		const beside = `${file}.${process.pid}`;
		writeFileSync(beside, text);
		renameSync(beside, file);
	} catch {}
}

// Neither the provider's process nor the program's ends when Pulumi is killed, and the program's then takes half a core for
// as long as the machine runs: see runtime/engine-watch.ts.
const { argv } = process;
const isProvider = basename(argv[1] ?? "") === "pulumi-resource-pulumi-nodejs";
// Not the monitor: the language host, which outlives a killed engine as well, stands in for it there.
const at = isProvider ? 2 : argv.indexOf("--engine") + 1;
if (at > 0) require("./runtime/engine-watch.ts").engineWatch.endWith(argv[at]);
