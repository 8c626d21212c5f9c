import { execFileSync, spawnSync } from "node:child_process";
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const scripts = path.resolve(__dirname, "../../../scripts");
let project: string;

beforeEach(() => {
	project = mkdtempSync(path.join(tmpdir(), "script-test-"));
	for (const folder of ["bin", "scripts/set-up", "node_modules/.bin"]) {
		mkdirSync(path.join(project, folder), { recursive: true });
	}
	for (const file of ["setup", "set-up/packages-installed.cjs"]) {
		copyFileSync(path.join(scripts, file), path.join(project, "scripts", file));
	}
	put("bin/npm", 'echo "npm $*" >>calls');
	put("node_modules/.bin/tsx", 'echo "tsx $*" >>calls');
	writeLock("package-lock.json", "1.0.0");
});

afterEach(() => rmSync(project, { recursive: true }));

function put(file: string, script: string): void {
	writeFileSync(path.join(project, file), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

function writeLock(file: string, version: string): void {
	const packages = {
		"": { name: "x" },
		"node_modules/a": { version },
		"node_modules/b": { version, optional: true },
	};
	writeFileSync(path.join(project, file), JSON.stringify({ packages }));
}

/** Runs scripts/setup with an npm and a tsx that only note that they were called. */
function setup(): string[] {
	rmSync(path.join(project, "calls"), { force: true });
	const env = { PATH: `${project}/bin:${path.dirname(process.execPath)}:/usr/bin:/bin` };
	execFileSync(path.join(project, "scripts/setup"), ["--some", "option"], { env, stdio: "ignore" });
	return readFileSync(path.join(project, "calls"), "utf8").trim().split("\n");
}

const npm = "npm ci --no-audit --no-fund";
const main = "tsx scripts/set-up/main.ts --some option";

describe("scripts/setup", () => {
	it("installs the packages of a fresh clone, once, before anything else", () => {
		expect(setup()).toEqual([npm, main]);
		expect(setup()).toEqual([main]);
	});

	it("installs them again when package-lock.json changes", () => {
		setup();
		writeLock("package-lock.json", "1.0.1");
		expect(setup()).toEqual([npm, main]);
	});

	it("keeps an installation by hand that agrees with package-lock.json", () => {
		writeLock("node_modules/.package-lock.json", "1.0.0");
		expect(setup()).toEqual([main]);
		expect(existsSync(path.join(project, "node_modules/.setup-stamp"))).toBe(true);
	});

	it("does not keep one that differs", () => {
		writeLock("node_modules/.package-lock.json", "0.9.0");
		expect(setup()).toEqual([npm, main]);
	});

	it("does not take a failed installation for done", () => {
		put("bin/npm", 'echo "npm $*" >>calls; exit 1');
		expect(() => setup()).toThrow();
		put("bin/npm", 'echo "npm $*" >>calls');
		expect(setup()).toEqual([npm, main]);
	});

	it.each(["v18.20.4", "v20.17.9"])("refuses Node.js %s and says which it needs", (version) => {
		put("bin/node", `echo ${version}`);
		const env = { PATH: `${project}/bin:/usr/bin:/bin` };
		const { status, stderr } = spawnSync(path.join(project, "scripts/setup"), { env, encoding: "utf8" });
		expect(status).toBe(1);
		expect(stderr).toBe(
			`setup: Node.js ${version} is too old. Install version 20.18 or newer: https://nodejs.org/\n`,
		);
		expect(existsSync(path.join(project, "calls"))).toBe(false);
	});
});
