import { join } from "node:path";
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
