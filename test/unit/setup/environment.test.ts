import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { applyEnvironment, environmentFile, toolEnvironment } from "../../../scripts/lib/environment";

let project: string;
const environment = {
	path: ["/cache/bin"],
	set: { PULUMI_HOME: '/it\'s a "home" with $HOME', PULUMI_SKIP_UPDATE_CHECK: "true" },
	unset: ["PULUMI_CONFIG_PASSPHRASE"],
};

beforeEach(() => {
	project = mkdtempSync(path.join(tmpdir(), "environment-test-"));
	mkdirSync(path.join(project, ".state"));
	mkdirSync(path.join(project, "scripts"));
	copyFileSync(path.resolve(__dirname, "../../../scripts/env"), path.join(project, "scripts/env"));
});

afterEach(() => rmSync(project, { recursive: true }));

const write = () => writeFileSync(environmentFile(project), JSON.stringify(environment));

describe("applyEnvironment", () => {
	it("puts its folders first, sets and unsets", () => {
		const base = { PATH: "/usr/bin:/bin", PULUMI_CONFIG_PASSPHRASE: "another stack's", HOME: "/root" };
		expect(applyEnvironment(base, environment)).toEqual({
			...environment.set,
			PATH: "/cache/bin:/usr/bin:/bin",
			HOME: "/root",
		});
		expect(base.PATH).toBe("/usr/bin:/bin");
	});

	it("adds no folder twice", () => {
		const once = applyEnvironment({ PATH: "/usr/bin" }, environment);
		expect(applyEnvironment(once, environment).PATH).toBe("/cache/bin:/usr/bin");
	});
});

describe("toolEnvironment", () => {
	it("says what to do before the set-up has run", () => {
		expect(() => toolEnvironment(project)).toThrow(
			"This project is not set up yet: run scripts/setup first.",
		);
	});

	it("is this process's environment with what the set-up wrote", () => {
		write();
		const { PULUMI_HOME, PATH, HOME } = toolEnvironment(project);
		expect(PULUMI_HOME).toBe(environment.set.PULUMI_HOME);
		expect(PATH).toBe(`/cache/bin:${process.env.PATH}`);
		expect(HOME).toBe(process.env.HOME);
	});
});

describe("scripts/env", () => {
	const shell = (command: string, cwd = project) =>
		execFileSync("sh", ["-c", command], {
			cwd,
			encoding: "utf8",
			env: { PATH: process.env.PATH, PULUMI_CONFIG_PASSPHRASE: "another stack's" },
			stdio: ["ignore", "pipe", "pipe"],
		});

	it.each([".", "scripts", ".."])("is what a shell needs, from the folder %s", (from) => {
		write();
		const env = path.join(project, "scripts/env");
		const said = shell(
			`eval "$(${env})"; printf '%s\\n' "$PULUMI_HOME" "$PATH" "\${PULUMI_CONFIG_PASSPHRASE-none}"`,
			path.join(project, from),
		);
		expect(said.split("\n")).toEqual([
			environment.set.PULUMI_HOME,
			`/cache/bin:${process.env.PATH}`,
			"none",
			"",
		]);
	});

	it("does not make PATH longer the second time", () => {
		write();
		expect(shell(`eval "$(scripts/env)"; eval "$(scripts/env)"; echo "$PATH"`)).toBe(
			`/cache/bin:${process.env.PATH}\n`,
		);
	});

	it("fails with what to do before the set-up has run", () => {
		expect(() => shell("scripts/env")).toThrow("This project is not set up yet: run scripts/setup first.");
	});
});
