"use strict";

/**
 * Keeps what V8 has compiled of the modules that a process loads, so that the next process of its kind need not compile
 * them again. Measured on Node 20: a fifth of the processor time of the program's process, a third of the provider's start.
 *
 * Node 22 has this built in. For Node 20 this does the same by `vm.Script`; every entry is found by the hash of the very
 * text that is run, so that nothing old is ever run in place of something new. V8 itself refuses what another V8 has made.
 */
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname, join } = require("node:path");
const vm = require("node:vm");

/** Modules are loaded all through a run, a few at a time: when none has come for so long, what is new is written. */
const SETTLED_MS = 400;

const DYNAMIC_IMPORT = /\bimport\s*\(/;

/**
 * @param {string} folder Where the compiled code is kept.
 * @param {string} kind Processes of one kind load about the same modules, and share one file.
 */
exports.keepCompiled = (folder, kind) => {
	if (Module.enableCompileCache !== undefined) {
		Module.enableCompileCache(folder);
		return;
	}
	const file = join(folder, `${kind}-${process.version}-${process.arch}.compiled`);
	const known = readBlob(file);
	/** @type {Map<string, vm.Script>} */
	const fresh = new Map();
	let timer;

	const write = () => {
		clearTimeout(timer);
		if (fresh.size === 0) return;
		for (const [key, script] of fresh) known.set(key, script.createCachedData());
		fresh.clear();
		writeBlob(file, known);
	};
	process.once("exit", write);

	const { _compile: compile } = Module.prototype;
	Module.prototype._compile = function (content, filename, ...rest) {
		// What loads ES modules needs Node's own hand for that, which kept code is without.
		if (DYNAMIC_IMPORT.test(content)) return compile.call(this, content, filename, ...rest);
		const key = createHash("sha1").update(filename).update("\0").update(content).digest("base64");
		const cachedData = known.get(key);
		const script = new vm.Script(Module.wrap(withoutHashbang(content)), {
			filename,
			columnOffset: -Module.wrapper[0].length,
			...(cachedData && { cachedData }),
		});
		if (cachedData === undefined || script.cachedDataRejected) {
			fresh.set(key, script);
			// The provider's process is ended by a signal, so its exit is no time to write.
			clearTimeout(timer);
			timer = setTimeout(write, SETTLED_MS).unref();
		}
		const run = script.runInThisContext();
		return run.call(this.exports, this.exports, requireOf(this), this, filename, dirname(filename));
	};
};

/** What Node's own `_compile` gives a module as `require`. */
function requireOf(module) {
	const require = (id) => module.require(id);
	require.resolve = (request, options) => Module._resolveFilename(request, module, false, options);
	require.resolve.paths = (request) => Module._resolveLookupPaths(request, module);
	require.main = process.mainModule;
	require.extensions = Module._extensions;
	require.cache = Module._cache;
	return require;
}

function withoutHashbang(content) {
	return content.startsWith("#!") ? content.replace(/^#!.*/, "") : content;
}

/** One file: the length of the index in 4 bytes, the index as JSON (key, length of the code), and the code of each in turn. */
function readBlob(file) {
	const all = new Map();
	try {
		const blob = readFileSync(file);
		const begin = 4 + blob.readUInt32LE(0);
		let at = begin;
		for (const [key, length] of JSON.parse(blob.toString("utf8", 4, begin))) {
			all.set(key, blob.subarray(at, at + length));
			at += length;
		}
		return at === blob.length ? all : new Map();
	} catch {
		return new Map();
	}
}

/** Whoever reads it meanwhile sees all of it or nothing. A folder that cannot be written costs time, no more. */
function writeBlob(file, all) {
	try {
		const index = Buffer.from(JSON.stringify([...all].map(([key, code]) => [key, code.length])));
		const length = Buffer.alloc(4);
		length.writeUInt32LE(index.length);
		mkdirSync(dirname(file), { recursive: true });
		const beside = `${file}.${process.pid}`;
		writeFileSync(beside, Buffer.concat([length, index, ...all.values()]));
		renameSync(beside, file);
	} catch {}
}
