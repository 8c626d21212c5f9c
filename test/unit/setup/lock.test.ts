import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withLock } from "../../../scripts/set-up/lock";

const project = path.resolve(__dirname, "../../..");
let folder: string;
let lock: string;
const children: ChildProcess[] = [];

beforeEach(() => {
	folder = mkdtempSync(path.join(tmpdir(), "lock-test-"));
	lock = path.join(folder, "lock");
});

afterEach(() => {
	for (const child of children.splice(0)) child.kill("SIGKILL");
	rmSync(folder, { recursive: true });
});

/** Another process that takes the lock and keeps it until it is killed. */
async function otherOwner(): Promise<ChildProcess> {
	const script = path.join(folder, "owner.ts");
	const module = path.join(project, "scripts/set-up/lock");
	writeFileSync(
		script,
		`import { withLock } from ${JSON.stringify(module)};
		void withLock(${JSON.stringify(lock)}, () => {}, () => new Promise(() => { console.log("has it"); setInterval(() => {}, 1000); }));`,
	);
	const child = spawn(process.execPath, ["--import", "tsx", script], {
		cwd: project,
		stdio: ["ignore", "pipe", "inherit"],
	});
	children.push(child);
	await once(child.stdout as NodeJS.ReadableStream, "data");
	return child;
}

describe("withLock", () => {
	it("lets one action at a time in", async () => {
		let inside = 0;
		let most = 0;
		const action = async () => {
			most = Math.max(most, ++inside);
			await new Promise((resolve) => setTimeout(resolve, 50));
			inside--;
			return most;
		};
		const results = await Promise.all([1, 2, 3].map(() => withLock(lock, () => {}, action)));
		expect(results).toEqual([1, 1, 1]);
	});

	it("is free again after an action that failed", async () => {
		await expect(
			withLock(
				lock,
				() => {},
				() => Promise.reject(new Error("no")),
			),
		).rejects.toThrow("no");
		expect(
			await withLock(
				lock,
				() => {},
				async () => "mine",
				1_000,
			),
		).toBe("mine");
	});

	it("waits for another process, says for which, and gets it when that is killed", async () => {
		const owner = await otherOwner();
		const said: string[] = [];
		const mine = withLock(
			lock,
			(line) => said.push(line),
			async () => "mine",
			20_000,
		);
		await expect.poll(() => said, { timeout: 5_000 }).toHaveLength(1);
		expect(said[0]).toMatch(
			new RegExp(`waiting for another set-up to finish \\(process ${owner.pid}, since 20`),
		);
		owner.kill("SIGKILL");
		expect(await mine).toBe("mine");
	});

	it("gives up at the deadline, without having run the action", async () => {
		const owner = await otherOwner();
		let ran = false;
		const mine = withLock(
			lock,
			() => {},
			async () => {
				ran = true;
			},
			700,
		);
		await expect(mine).rejects.toThrow(
			new RegExp(`Another set-up \\(process ${owner.pid}.*still runs after 1 s`),
		);
		expect(ran).toBe(false);
	});

	it("names who else would hold it, and the command to run again", async () => {
		const owner = await otherOwner();
		const who = { name: "benchmark", command: "npm run bench" };
		const mine = withLock(
			lock,
			() => {},
			async () => undefined,
			100,
			who,
		);
		await expect(mine).rejects.toThrow(
			new RegExp(`Another benchmark \\(process ${owner.pid}[^]*then run again: npm run bench$`),
		);
	});
});
