import { readFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectFolder } from "../../scripts/lib/environment";
import { normalized, runInTerminal } from "../support/terminal";
import { TestStack } from "./support/stack";

describe("npm run release and rollback", () => {
	let shop: TestStack;
	const words = (script: string, ...args: string[]) => [
		"node",
		"--import",
		"tsx",
		`scripts/${script}.ts`,
		...args,
		"--stack",
		shop.name,
	];
	const where = () => ({ cwd: projectFolder, env: { ...process.env, ...shop.stack.workspace.envVars } });
	const piped = (script: string, ...args: string[]) => {
		const [file = "", ...rest] = words(script, ...args);
		return execa(file, rest, { ...where(), stdin: "ignore", reject: false, timeout: 240_000 });
	};
	const config = () => readFileSync(path.join(projectFolder, `Pulumi.${shop.name}.yaml`), "utf8");

	/** Every password in the state, as its URLs have them, and the preview's token. */
	const secrets = async () => {
		const { databases, previewToken } = await shop.outputs();
		const passwords = [...JSON.stringify(databases).matchAll(/:\/\/[^:]+:([^@]+)@/g)].map(
			([, one = ""]) => one,
		);
		expect(passwords.length).toBeGreaterThan(2);
		return [...passwords, String(previewToken)];
	};

	beforeAll(async () => {
		shop = await TestStack.create("e2e-release-cmd");
	});
	afterAll(() => shop?.dispose());

	it("makes the first release in a pipe, and prints one JSON document", async () => {
		const { stdout, stderr, exitCode } = await piped("release", "1.0.0", "--yes", "--json");
		expect(exitCode, stderr).toBe(0);
		expect(JSON.parse(stdout)).toMatchObject({
			command: "release",
			exitCode: 0,
			plan: { to: "blue", release: "1.0.0" },
			preview: { traffic: "blue 1.0.0, the first release" },
			outputs: { activeColor: "blue", activeVersion: "1.0.0" },
		});
		expect((await shop.version()).color).toBe("blue");
	});

	it("refuses without a terminal and --yes, and what serves already", async () => {
		const before = config();
		const [unasked, again] = [await piped("release", "2.0.0"), await piped("release", "1.0.0", "--yes")];
		expect([unasked.exitCode, again.exitCode]).toEqual([3, 3]);
		expect(unasked.stderr).toContain("Nobody can be asked here");
		expect(again.stderr).toContain("blue 1.0.0 serves already");
		expect(config()).toBe(before);
	});

	it("puts the configuration back byte for byte where the person says no", async () => {
		const before = config();
		const { screen, exitCode } = await runInTerminal(words("release", "2.0.0"), {
			...where(),
			answers: [{ after: "Go on?", type: "no" }],
		});
		expect(exitCode, screen).toBe(3);
		expect(config()).toBe(before);
		await expect(`${normalized(screen, { [shop.name]: "STACK" })}\n`).toMatchFileSnapshot(
			"../fixtures/screens/release-no.txt",
		);
	});

	it("releases and rolls back in a terminal", async () => {
		for (const args of [["release", "2.0.0"], ["rollback"]]) {
			const [script = "", ...rest] = args;
			const { screen, written, exitCode } = await runInTerminal(words(script, ...rest), {
				...where(),
				answers: [{ after: "Go on?", type: "yes" }],
			});
			expect(exitCode, screen).toBe(0);
			for (const secret of await secrets()) expect(written).not.toContain(secret);
			expect(written).not.toContain("RPC");
			const shown = `${normalized(screen, { [shop.name]: "STACK" })}\n`;
			await expect(shown).toMatchFileSnapshot(`../fixtures/screens/${script}-yes.txt`);
			expect((await shop.version()).color).toBe(script === "release" ? "green" : "blue");
		}
	});
});
