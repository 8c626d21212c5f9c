import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach } from "vitest";

/** @returns a function that gives the current test's own folder; it is removed after the test. */
export function temporaryFolder(): () => string {
	let folder = "";
	beforeEach(() => {
		folder = mkdtempSync(path.join(tmpdir(), "images-test-"));
	});
	afterEach(() => rmSync(folder, { recursive: true, force: true }));
	return () => folder;
}

/** Sets environment variables for each test of a block and sets them back afterwards. */
export function environment(values: () => Record<string, string>): void {
	let before: NodeJS.ProcessEnv = {};
	beforeEach(() => {
		before = { ...process.env };
		Object.assign(process.env, values());
	});
	afterEach(() => {
		for (const name in process.env) if (!(name in before)) delete process.env[name];
		Object.assign(process.env, before);
	});
}
