import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { applyEnvironment, type Environment, toolEnvironment } from "../../../scripts/lib/environment";
import { ensureSettings, ensureStack, selectedStack } from "../../../scripts/set-up/stack";
import { ensureState, stacksIn, writeEnvironment } from "../../../scripts/set-up/state";

const images = { postgres: "pg:1", redis: "red:2", caddy: "cad:3", shop: "shop-{service}:{version}" };
const ignore = () => {};
let project: string;
let settings: string;

beforeEach(() => {
	project = mkdtempSync(path.join(tmpdir(), "stack-test-"));
	settings = path.join(project, "Pulumi.local.yaml");
	mkdirSync(path.join(project, "scripts/local"), { recursive: true });
	writeFileSync(path.join(project, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
});

afterEach(() => rmSync(project, { recursive: true }));

const template = (content: string) =>
	writeFileSync(path.join(project, "scripts/local/Pulumi.local.yaml"), content);

describe("ensureSettings", () => {
	it("puts this machine's images in", () => {
		template('config:\n  a: "{{postgres}} {{redis}} {{caddy}}"\n  b: "{{shop}}"\n');
		ensureSettings(project, images, ignore);
		expect(readFileSync(settings, "utf8")).toBe(
			'config:\n  a: "pg:1 red:2 cad:3"\n  b: "shop-{service}:{version}"\n',
		);
	});

	it("leaves a person's own settings alone", () => {
		template("config: {}\n");
		writeFileSync(settings, "mine");
		ensureSettings(project, images, ignore);
		expect(readFileSync(settings, "utf8")).toBe("mine");
	});

	it("refuses a placeholder that it does not know, and makes nothing", () => {
		template('config:\n  a: "{{mysql}}"\n');
		expect(() => ensureSettings(project, images, ignore)).toThrow(
			"names the image {{mysql}}, which there is not.",
		);
		expect(existsSync(settings)).toBe(false);
	});

	it("says when the template is missing", () => {
		expect(() => ensureSettings(project, images, ignore)).toThrow(
			"scripts/local/Pulumi.local.yaml is missing: get it back with git checkout.",
		);
	});
});

describe("ensureStack, with the real CLI", () => {
	/** This machine's toolchain, on a state of the test's own. */
	function environment(): Environment {
		const tools = toolEnvironment();
		const home = tools.PULUMI_HOME;
		return writeEnvironment(
			project,
			{
				version: "",
				source: "go",
				path: (tools.PATH ?? "").split(":").slice(0, 1),
				...(home === undefined ? {} : { home }),
			},
			ensureState(project, ignore),
		);
	}
	const selected = (env: Environment) => selectedStack(project, applyEnvironment(process.env, env));

	it("makes the stack, selects it, and does nothing the second time", { timeout: 60_000 }, async () => {
		writeFileSync(settings, "# mine\nconfig:\n  shop:activeColor: blue\n");
		const env = environment();
		await ensureStack(project, env, ignore);
		expect(stacksIn(project)).toEqual(["local"]);
		expect(selected(env)).toMatch(/(^|\/)local$/);
		const content = readFileSync(settings, "utf8");
		expect(content).toContain("shop:activeColor: blue");
		expect(content).toMatch(/^encryptionsalt: /m);

		const said: string[] = [];
		await ensureStack(project, env, (line) => said.push(line));
		expect(said).toEqual([]);
	});

	it("goes on with settings whose state and passphrase are gone", { timeout: 60_000 }, async () => {
		writeFileSync(settings, "config:\n  shop:activeColor: green\n");
		await ensureStack(project, environment(), ignore);
		const before = /^encryptionsalt: .*/m.exec(readFileSync(settings, "utf8"))?.[0];
		rmSync(path.join(project, ".state"), { recursive: true });
		rmSync(path.join(project, ".passphrase"));

		const said: string[] = [];
		await ensureStack(project, environment(), (line) => said.push(line));
		expect(said[0]).toContain("its old encryption salt is removed");
		const after = readFileSync(settings, "utf8");
		expect(after).toContain("shop:activeColor: green");
		expect(after).toMatch(/^encryptionsalt: /m);
		expect(after).not.toContain(before);
	});
});
