import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createStack, type Outcome, type TestStack } from "./stack";

// One update of one stack; each test looks at another part of what came of it.
let stack: TestStack;
let outcome: Outcome;
let stateFile: string;

const printBoth = "echo to stdout; echo to stderr >&2";
const token = "the-secret-token";

beforeAll(async () => {
	process.env.CONFORMANCE_PARENT = "parent";
	stack = await createStack();
	outcome = await stack.up(async () => {
		const command = (name: string, args: local.CommandArgs, options?: pulumi.CustomResourceOptions) =>
			new local.Command(name, args, options);
		const environment = command("environment", {
			create: 'echo "$CONFORMANCE_PARENT $CONFORMANCE_CHILD"',
			environment: { CONFORMANCE_CHILD: "child of two words" },
		});
		const files = command("files", {
			dir: stack.folder,
			create: "mkdir -p made/sub; echo a > made/a.txt; echo b > made/sub/b.txt; echo c > made/sub/secret.txt",
			assetPaths: ["made/*.txt"],
			archivePaths: ["made/**", "!**secret*"],
		});
		const secret = command(
			"secret",
			{ create: "echo $TOKEN", environment: { TOKEN: pulumi.secret(token) }, logging: "none" },
			{ additionalSecretOutputs: ["stdout"] },
		);
		for (const logging of ["stdout", "stderr", "stdoutAndStderr", "none"] as const) {
			command(`logging-${logging}`, { create: printBoth, logging });
		}
		return {
			environment: environment.stdout,
			dir: command("dir", { create: "pwd", dir: stack.folder }).stdout,
			defaultDir: command("default-dir", { create: "pwd" }).stdout,
			interpreter: command("interpreter", {
				create: "console.log(6 * 7)",
				interpreter: ["node", "-e"],
			}).stdout,
			stdin: command("stdin", { create: "tr a-z A-Z", stdin: "from\nstdin\n" }).stdout,
			noStdin: command("no-stdin", { create: "cat" }).stdout,
			newlines: command("newlines", { create: "printf 'one\\n\\ntwo\\n\\n'" }).stdout,
			both: command("logging-default", { create: printBoth }),
			assets: files.assets,
			archive: files.archive,
			secret: secret.stdout,
			invoked: local.runOutput({
				command: "cat; echo $EXTRA >&2",
				stdin: "invoked",
				environment: { EXTRA: "x" },
			}),
			live: command("live", { create: "echo early; sleep 1; echo late" }).stdout,
		};
	});
	stateFile = await stack.stateFile();
});
afterAll(async () => {
	delete process.env.CONFORMANCE_PARENT;
	await stack.dispose();
});

const output = (name: string) => outcome.outputs[name]?.value;
const logged = (name: string) => (outcome.logged[name] ?? []).map(({ line }) => line);

test("environment adds to the environment of Pulumi", () => {
	expect(output("environment")).toBe("parent child of two words");
});

test("dir is where the command runs; by default it is where Pulumi runs", () => {
	expect(output("dir")).toBe(stack.folder);
	expect(output("defaultDir")).toBe(process.cwd());
});

test("interpreter gets the command as its last argument", () => {
	expect(output("interpreter")).toBe("42");
});

test("stdin is what the command reads, and is empty by default", () => {
	expect(output("stdin")).toBe("FROM\nSTDIN");
	expect(output("noStdin")).toBe("");
});

test("stdout and stderr are kept apart, without one last newline", () => {
	expect(output("both")).toMatchObject({ stdout: "to stdout", stderr: "to stderr" });
	expect(output("newlines")).toBe("one\n\ntwo\n");
});

test("addPreviousOutputInEnv is true by default", () => {
	expect(output("both")).toMatchObject({ addPreviousOutputInEnv: true, create: printBoth });
});

describe("logging chooses what goes to the log", () => {
	test.each([
		["logging-default", ["to stderr", "to stdout"]],
		["logging-stdoutAndStderr", ["to stderr", "to stdout"]],
		["logging-stdout", ["to stdout"]],
		["logging-stderr", ["to stderr"]],
		["logging-none", []],
	])("%s", (name, lines) => {
		expect(logged(name).sort()).toEqual(lines);
	});
});

test("the log gets each line as soon as it is printed", () => {
	const [early, late] = outcome.logged.live ?? [];
	expect([early?.line, late?.line]).toEqual(["early", "late"]);
	expect((late?.at ?? 0) - (early?.at ?? 0)).toBeGreaterThan(500);
});

test("assetPaths and archivePaths return the files they match", async () => {
	expect(Object.keys(output("assets"))).toEqual(["made/a.txt"]);
	expect(await output("assets")["made/a.txt"].path).toBe(`${stack.folder}/made/a.txt`);
	expect(Object.keys(await output("archive").assets).sort()).toEqual(["made/a.txt", "made/sub/b.txt"]);
});

test("a secret input reaches the command and stays secret in the state", () => {
	expect(outcome.outputs.secret).toEqual({ value: token, secret: true });
	expect(stateFile).toContain("secret");
	expect(stateFile.includes(token)).toBe(false);
	expect(logged("secret")).toEqual([]);
});

test("the function runs a command at once", () => {
	expect(output("invoked")).toMatchObject({ stdout: "invoked", stderr: "x" });
});
