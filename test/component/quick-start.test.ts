import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";

const PROJECT = join(__dirname, "../..");

/** What a Node process prints that is started as Pulumi starts the program. */
async function printed(script: string): Promise<string> {
	const preload = "pulumi-docker-blue-green/quick-start.cjs";
	const { stdout } = await execa("node", ["--require", preload, "--eval", script], { cwd: PROJECT });
	return stdout;
}

test("the program is loaded without TypeScript's compiler", async () => {
	const script = `
		const program = require("./index.ts");
		const loaded = Object.keys(require.cache).filter((file) => file.includes("/node_modules/typescript/"));
		console.log(typeof program, loaded.length);
	`;
	expect(await printed(script)).toBe("function 0");
});

test("a program that lets Pulumi serialize functions finds the compiler after all", async () => {
	const script = `
		const pulumi = require("@pulumi/pulumi");
		const [secret, answer] = ["only at run time", 42];
		pulumi.runtime.serializeFunction(() => answer).then(({ text, exportName }) => {
			const exported = {};
			new Function("exports", text)(exported);
			console.log(exported[exportName](), text.includes(secret));
		});
	`;
	expect(await printed(script)).toBe("42 false");
});

test("an error names the file of the source", async () => {
	const script = `
		const { renderProblems } = require("pulumi-docker-blue-green/settings/problems.ts");
		try { renderProblems(undefined, "prod") } catch (error) { console.log(error.stack.split("\\n")[1].trim()) }
	`;
	expect(await printed(script)).toMatch(
		/at renderProblems \(.*\/components\/settings\/problems\.ts:\d+:\d+\)$/,
	);
});

test.for([
	["cmd/run/index.js", "--engine", "127.0.0.1:1"],
	["pulumi-resource-pulumi-nodejs", "127.0.0.1:1"],
] as const)("%s ends when Pulumi does not listen any more", async ([script, ...args]) => {
	const folder = mkdtempSync(join(tmpdir(), "quick-start-"));
	const file = join(folder, script);
	mkdirSync(dirname(file), { recursive: true });
	// It would run for a minute.
	writeFileSync(file, "setTimeout(() => undefined, 60_000);");
	const preload = ["--require", "pulumi-docker-blue-green/quick-start.cjs"];
	const ended = await execa("node", [...preload, file, ...args], {
		cwd: PROJECT,
		reject: false,
		timeout: 20_000,
	});
	rmSync(folder, { recursive: true });
	expect(ended.exitCode).toBe(1);
});
