"use strict";

const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { join } = require("node:path");

/**
 * Lets Node load the components as they are in the repository. Not in the npm package, where they are JavaScript.
 *
 * Stripped of its types, by the hash of what it is made from; every process of every `up` would do it anew.
 *
 * @param {string} cache The folder that keeps what was stripped; made when it is missing.
 */
exports.loadTypeScript = (cache) => {
	const { version } = require("esbuild/package.json");
	// No source map: esbuild keeps the names, and lines so near that the place is found.
	Module._extensions[".ts"] = (module, file) => {
		const source = readFileSync(file, "utf8");
		const key = createHash("sha256").update(version).update("\0").update(source).digest("hex");
		const cached = join(cache, `${key}.cjs`);
		let code;
		try {
			code = readFileSync(cached, "utf8");
		} catch {
			code = stripTypes(source, file);
			keep(cache, cached, code);
		}
		module._compile(code, file);
	};
};

function stripTypes(source, sourcefile) {
	const { transformSync } = require("esbuild");
	const options = { loader: "ts", format: "cjs", target: "node20", platform: "node", sourcefile };
	return transformSync(source, options).code;
}

/** Whoever reads it meanwhile sees all of it or nothing. A folder that cannot be written costs time, no more. */
function keep(folder, file, text) {
	try {
		mkdirSync(folder, { recursive: true });
		const beside = `${file}.${process.pid}`;
		writeFileSync(beside, text);
		renameSync(beside, file);
	} catch {}
}
