import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Overdue, runLocally } from "../../../../components/runtime/checks/local-command";

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "blue-green-check-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const sh = (script: string, deadlineMs = 10_000, env = {}) =>
	runLocally(["sh", "-c", script], env, deadlineMs);

test("tells the exit code and what was printed, both streams", async () => {
	expect(await sh("echo one; echo two >&2; exit 3")).toEqual({ exitCode: 3, output: "one\ntwo\n" });
	expect(await sh("exit 0")).toEqual({ exitCode: 0, output: "" });
});

test("gives the variables, and none of Pulumi's own", async () => {
	process.env.PULUMI_CONFIG_PASSPHRASE = "key to the state";
	try {
		const { output } = await sh('echo "$URL $PULUMI_CONFIG_PASSPHRASE $HOME"', 10_000, { URL: "http://x" });
		expect(output).toBe(`http://x  ${process.env.HOME}\n`);
	} finally {
		delete process.env.PULUMI_CONFIG_PASSPHRASE;
	}
});

test("a command that is not there cannot be started", async () => {
	await expect(runLocally(["no-such-program"], {}, 1_000)).rejects.toThrow(
		"cannot be started: spawn no-such-program ENOENT",
	);
});

test("a command that does not end in time is ended, with all that it has started", async () => {
	const child = join(folder, "child");
	const start = performance.now();
	const error = await sh(`(sleep 3; touch ${child}) & echo waiting; sleep 60`, 300).catch((thrown) => thrown);
	expect(error).toBeInstanceOf(Overdue);
	expect((error as Overdue).output).toBe("waiting\n");
	expect(performance.now() - start).toBeLessThan(2_500);
	await new Promise((resolve) => setTimeout(resolve, 3_500));
	expect(existsSync(child)).toBe(false);
});

test("one that does not listen to SIGTERM is killed", async () => {
	await expect(sh("trap '' TERM; while :; do sleep 0.1; done", 200)).rejects.toBeInstanceOf(Overdue);
});

test("what a command leaves running does not outlive it", async () => {
	const left = join(folder, "left");
	expect(await sh(`(sleep 1; touch ${left}) &`)).toEqual({ exitCode: 0, output: "" });
	await new Promise((resolve) => setTimeout(resolve, 1_500));
	expect(existsSync(left)).toBe(false);
});

test("of a long output the end is kept", async () => {
	const { output } = await sh("seq 1 100000");
	expect(output.length).toBe(16_384);
	expect(output.endsWith("99999\n100000\n")).toBe(true);
});
