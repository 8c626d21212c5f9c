"use strict";

/**
 * Keeps what V8 has compiled of the modules that a process loads, so that the next process of its kind need not compile
 * them again. Measured on Node 20: a fifth of the processor time of the program's process, a third of the provider's start.
 *
 * Node 22 has this built in. For Node 20 this does the same by `vm.Script`; every entry is kept with the hash of the very
 * text that is run, so that nothing old is ever run in place of something new, and the newest text of a file replaces the
 * one before it. V8 itself refuses what another V8 has made.
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
	/** @type {Map<string, { hash: string, script: vm.Script }>} */
	const fresh = new Map();
	let timer;

	const write = () => {
		clearTimeout(timer);
		if (fresh.size === 0) return;
		for (const [name, { hash, script }] of fresh) known.set(name, { hash, code: script.createCachedData() });
		fresh.clear();
		writeBlob(file, known);
	};
	process.once("exit", write);

	const { _compile: compile } = Module.prototype;
	Module.prototype._compile = function (content, filename, ...rest) {
		// What loads ES modules needs Node's own hand for that, which kept code is without.
		if (DYNAMIC_IMPORT.test(content)) return compile.call(this, content, filename, ...rest);
		const hash = digestOf(content).toString("base64");
		const kept = known.get(filename);
		const cachedData = kept?.hash === hash ? kept.code : undefined;
		const script = new vm.Script(Module.wrap(withoutHashbang(content)), {
			filename,
			columnOffset: -Module.wrapper[0].length,
			...(cachedData && { cachedData }),
		});
		if (cachedData === undefined || script.cachedDataRejected) {
			fresh.set(filename, { hash, script });
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

const DIGEST_BYTES = 20;

/** @param {string | Buffer} content */
function digestOf(content) {
	return createHash("sha1").update(content).digest();
}

/**
 * One file: the digest of what follows, for V8 runs what it is given; the length of the index in 4 bytes, the index as JSON
 * (file, hash of its text, length of the code), and the code of each in turn.
 */
function readBlob(file) {
	const all = new Map();
	try {
		const blob = readFileSync(file);
		const rest = blob.subarray(DIGEST_BYTES);
		if (!digestOf(rest).equals(blob.subarray(0, DIGEST_BYTES))) return all;
		let at = 4 + rest.readUInt32LE(0);
		for (const [name, hash, length] of JSON.parse(rest.toString("utf8", 4, at))) {
			all.set(name, { hash, code: rest.subarray(at, at + length) });
			at += length;
		}
	} catch {}
	return all;
}

/** Whoever reads it meanwhile sees all of it or nothing. A folder that cannot be written costs time, no more. */
function writeBlob(file, all) {
	try {
		const entries = [...all].map(([name, { hash, code }]) => [name, hash, code.length]);
		const index = Buffer.from(JSON.stringify(entries));
		const length = Buffer.alloc(4);
		length.writeUInt32LE(index.length);
		const rest = Buffer.concat([length, index, ...[...all.values()].map(({ code }) => code)]);
		mkdirSync(dirname(file), { recursive: true });
		const beside = `${file}.${process.pid}`;
		writeFileSync(beside, Buffer.concat([digestOf(rest), rest]));
		renameSync(beside, file);
	} catch {}
}
