import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { exec } from "../../../components/runtime/docker/exec";
import type * as peek from "../../../components/runtime/docker/peek";
import { TunnelAgent } from "../../../components/runtime/docker/tunnel";
import { http } from "../../../components/runtime/http";
import { FakeEngine } from "./support/fake-engine";
import { serve } from "./support/server";
import { loadInProvider } from "./support/shim";

const { peekFile } = loadInProvider<typeof peek>("runtime/docker/peek.ts");

let fake: FakeEngine;
beforeEach(async () => {
	fake = await FakeEngine.start();
});
afterEach(() => fake.close());

describe("a container", () => {
	test("that is not there has no state and no logs", async () => {
		expect(await fake.engine.inspect("web")).toBeUndefined();
		expect(await fake.engine.lastLogLines("web")).toEqual([]);
	});

	test("is told of as the steps want it", async () => {
		const startedAt = new Date("2026-11-21T10:00:00Z");
		fake.containers.set("web", {
			status: "exited",
			exitCode: 137,
			outOfMemory: true,
			startedAt,
			restarts: 2,
			health: { status: "unhealthy", output: "refused" },
		});
		expect(await fake.engine.inspect("web")).toEqual({
			id: "id-of-web",
			status: "exited",
			exitCode: 137,
			outOfMemory: true,
			startedAt: startedAt.getTime(),
			restarts: 2,
			health: "unhealthy",
			lastHealthOutput: "refused",
			image: "",
		});
	});

	test("shows its last log lines without frames and empty lines, each cut", async () => {
		fake.containers.set("web", { logs: ["starting", "", "ready ☺", "x".repeat(500)] });
		const lines = await fake.engine.lastLogLines("web");
		expect(lines).toEqual(["starting", "ready ☺", `${"x".repeat(400)} … (500 characters)`]);
	});
});

test("the Engine's clock may be ahead of ours", async () => {
	fake.clockOffsetMs = 60_000;
	const offset = await fake.engine.clockOffsetMs();
	expect(Math.abs(offset - 60_000)).toBeLessThan(2_000);
});

describe("a command in a container", () => {
	beforeEach(() => void fake.containers.set("web", {}));

	test("gives both its outputs and its exit code", async () => {
		fake.run = async (container, command, env) => ({
			stdout: `${container} ${command.join(" ")}`,
			stderr: JSON.stringify(env),
			exitCode: 3,
		});
		const result = await exec(fake.engine, "web", ["cat", "/x y"], { TEXT: "a=b\nc" });
		expect(result).toEqual({ exitCode: 3, stdout: "web cat /x y", stderr: '{"TEXT":"a=b\\nc"}' });
	});

	test("that does not end is given up", async () => {
		fake.run = async () => undefined;
		await expect(exec(fake.engine, "web", ["sleep", "9"], {}, 50)).rejects.toThrow(
			"sleep in web has not ended after 50 ms",
		);
	});

	test("cannot be run in one that does not run", async () => {
		fake.containers.set("web", { status: "exited" });
		await expect(exec(fake.engine, "web", ["true"])).rejects.toThrow("Container web is not running");
	});
});

describe("a file, looked at from outside", () => {
	beforeEach(() => {
		fake.containers.set("web", { status: "exited" });
		fake.file = (container, path) => (path === "/switch/x y" ? `${container}: ☺\n` : undefined);
	});
	afterEach(() => void vi.unstubAllEnvs());

	test.for(["a socket of this machine", "an address elsewhere"])("of an Engine behind %s", async (where) => {
		const elsewhere = await fake.listenOnTcp();
		vi.stubEnv("DOCKER_HOST", where === "an address elsewhere" ? elsewhere : `unix://${fake.socketPath}`);
		expect(await peekFile("web", "/switch/x y")).toBe("web: ☺\n");
		expect(await peekFile("web", "/switch/none")).toBeUndefined();
		expect(await peekFile("none", "/switch/x y")).toBeUndefined();
	});

	test("may be empty", async () => {
		vi.stubEnv("DOCKER_HOST", `unix://${fake.socketPath}`);
		fake.file = () => "";
		expect(await peekFile("web", "/x")).toBe("");
	});

	test("cannot be seen where nothing answers", async () => {
		vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
		await expect(peekFile("web", "/x")).rejects.toThrow("ENOENT");
	});
});

describe("HTTP from inside a container", () => {
	const ask = (agent: TunnelAgent, host: string, body?: string) =>
		http({ host, port: 3000, path: "/", timeoutMs: 2_000, agent, ...(body && { method: "POST", body }) });

	test("reaches what the container reaches, over one connection", async () => {
		fake.containers.set("proxy", {});
		const server = await serve((request, response) => {
			request.on("data", () => {});
			request.on("end", () => response.end(`${request.method} ${request.headers.host}`));
		});
		fake.dial.set("web:3000", server.port);
		const agent = new TunnelAgent(fake.engine, "proxy");
		for (let round = 0; round < 3; round++) {
			expect(await ask(agent, "web", "x".repeat(100_000))).toMatchObject({
				status: 200,
				body: "POST web:3000",
			});
		}
		expect(server.connections()).toBe(1);
		agent.destroy();
		await server.close();
	});

	test("says what stood in the way", async () => {
		fake.containers.set("proxy", {});
		fake.dial.set("web:3001", 1);
		const agent = new TunnelAgent(fake.engine, "proxy");
		await expect(ask(agent, "web")).rejects.toThrow("nc: web (127.0.0.1:3000): Connection refused");
		await expect(ask(agent, "nowhere")).rejects.toThrow("nc: bad address 'nowhere'");
		agent.destroy();
	});
});
