import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const CACHE = join(__dirname, "../../components/compile-cache.cjs");
/** Node has the same built in from then on, and keeps its own files. */
const BUILT_IN = Number(process.versions.node.split(".")[0]) >= 22;

describe("what V8 has compiled", () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), "compile-cache-"));
		mkdirSync(join(folder, "program"));
		write(
			"index.js",
			'const { word } = require("./word"); console.log(word(), __filename.endsWith("index.js"))',
		);
		write("word.js", 'exports.word = () => "one";');
	});
	afterEach(() => rmSync(folder, { recursive: true }));

	const write = (name: string, text: string) => writeFileSync(join(folder, "program", name), text);
	const kept = () => join(folder, "cache", readdirSync(join(folder, "cache"))[0] ?? "");

	async function run(): Promise<string> {
		const preload = join(folder, "preload.cjs");
		writeFileSync(
			preload,
			`require(${JSON.stringify(CACHE)}).keepCompiled(${JSON.stringify(join(folder, "cache"))}, "program");`,
		);
		const { stdout } = await execa("node", ["--require", preload, join(folder, "program", "index.js")]);
		return stdout;
	}

	test("is kept for the next process, which writes nothing anew", async () => {
		expect(await run()).toBe("one true");
		const { mtimeMs, size } = statSync(kept());
		expect(size).toBeGreaterThan(0);
		expect(await run()).toBe("one true");
		expect(statSync(kept())).toMatchObject({ mtimeMs, size });
	});

	test("of a text is never run for another one, of the same length and time either", async () => {
		expect(await run()).toBe("one true");
		write("word.js", 'exports.word = () => "two";');
		expect(await run()).toBe("two true");
		expect(await run()).toBe("two true");
	});

	test.skipIf(BUILT_IN)("of a text that is no more is not kept", async () => {
		await run();
		const { size } = statSync(kept());
		write("word.js", 'exports.word = () => "two";');
		expect(await run()).toBe("two true");
		expect(statSync(kept()).size).toBeLessThan(size * 1.1);
	});

	test.skipIf(BUILT_IN)("that cannot be read is compiled anew", async () => {
		expect(await run()).toBe("one true");
		const whole = readFileSync(kept());
		for (const spoilt of [
			Buffer.from("x"),
			whole.subarray(0, whole.length - 7),
			Buffer.alloc(whole.length),
			// What a power cut leaves: the right length, and a hole.
			Buffer.concat([whole.subarray(0, -7), Buffer.alloc(7)]),
		]) {
			writeFileSync(kept(), spoilt);
			expect(await run()).toBe("one true");
			expect(readFileSync(kept())).toHaveLength(whole.length);
		}
	});

	test("leaves modules what Node gives them", async () => {
		write(
			"index.js",
			`#!/usr/bin/env node
			const { cwd } = require("node:process");
			console.log(require.resolve("./word").endsWith("word.js"), require.main === module,
				this === module.exports, typeof require.cache, module.paths.length > 0, typeof cwd);`,
		);
		expect(await run()).toBe("true true true object true function");
		expect(await run()).toBe("true true true object true function");
	});

	test("does not keep anybody from loading ES modules", async () => {
		write("index.js", 'import("./word.js").then(({ default: { word } }) => console.log(word()))');
		expect(await run()).toBe("one");
		expect(await run()).toBe("one");
	});

	test("names the line and the column of an error as without it", async () => {
		write("index.js", "console.log(new Error().stack.split('\\n')[1].match(/:\\d+:\\d+/)[0])");
		expect(await run()).toBe(":1:13");
	});
});
