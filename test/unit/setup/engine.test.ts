import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ensureEngine } from "../../../scripts/set-up/engine";
import { probeEngine } from "../../../scripts/set-up/engine/probe";
import { startEngine } from "../../../scripts/set-up/engine/start";

let folder: string;

beforeEach(() => {
	folder = mkdtempSync(path.join(tmpdir(), "engine-test-"));
});

afterEach(() => {
	vi.unstubAllEnvs();
	rmSync(folder, { recursive: true });
});

/** A program in dockerd's place. */
function program(script: string): string {
	const file = path.join(folder, "dockerd");
	writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
	return file;
}

function start(script: string, deadlineMs: number): Promise<{ version: string }> {
	const socket = path.join(folder, "docker.sock");
	// With arguments it is started as a process, on machines with systemd too.
	const options = {
		logFile: path.join(folder, "log"),
		report: () => {},
		deadlineMs,
		args: ["--debug"],
		socket,
	};
	return startEngine(program(script), options);
}

describe("startEngine", () => {
	it("shows the last lines of an Engine that ends at once, and what to look at", async () => {
		const failure = await start(
			"echo 'failed to mount overlay: permission denied' >&2; exit 3",
			10_000,
		).catch(String);
		expect(failure).toContain(
			"dockerd ended with exit code 3. It said:\n  failed to mount overlay: permission denied",
		);
		expect(failure).not.toContain("shut down");
		expect(failure).toContain(`See: cat ${folder}/log; then run scripts/setup again.`);
	});

	it("gives up at the deadline, and ends what it has started", async () => {
		const failure = await start(`echo $$ >${folder}/pid; echo thinking; exec sleep 60`, 1_000).catch(String);
		expect(failure).toContain("no answer within 1 s (last: connect ENOENT");
		expect(failure).toContain("  thinking");
		const pid = Number(readFileSync(path.join(folder, "pid"), "utf8"));
		await expect.poll(() => existsSync(`/proc/${pid}`)).toBe(false);
	});

	it("says that a program cannot be run", async () => {
		const failure = startEngine(path.join(folder, "none"), {
			logFile: path.join(folder, "log"),
			report: () => {},
			args: ["--debug"],
			socket: path.join(folder, "docker.sock"),
		});
		await expect(failure).rejects.toThrow(/did not start: spawn .*none ENOENT/);
	});
});

describe("probeEngine", () => {
	it("does not wait for an Engine that says nothing", async () => {
		const socket = path.join(folder, "silent.sock");
		const connections: Socket[] = [];
		const server = createServer((connection) => connections.push(connection));
		await new Promise<void>((resolve) => server.listen(socket, resolve));
		const started = Date.now();
		expect((await probeEngine(socket, 300)).failure).toBe("no answer within 300 ms");
		expect(Date.now() - started).toBeLessThan(3_000);
		for (const connection of connections) connection.destroy();
		server.close();
	});
});

describe("ensureEngine", () => {
	it("asks the Engine of DOCKER_HOST and no other", async () => {
		vi.stubEnv("DOCKER_HOST", `unix://${folder}/none.sock`);
		await expect(ensureEngine(() => {})).rejects.toThrow(
			`No Docker Engine answers at DOCKER_HOST=unix://${folder}/none.sock: connect ENOENT ${folder}/none.sock\nStart it, or \`unset DOCKER_HOST\``,
		);
	});

	it("takes the one that runs on this machine", async () => {
		const engine = await ensureEngine(() => {});
		expect(engine.origin).toBe("running");
		expect(engine.version).toMatch(/^\d+\.\d+\.\d+/);
	});
});
