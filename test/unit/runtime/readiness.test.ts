import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Readiness } from "../../../components/plan/types";
import { ReadinessProbe } from "../../../components/runtime/readiness";
import { FakeEngine } from "./support/fake-engine";
import { type LocalServer, serve } from "./support/server";

let fake: FakeEngine;
let probe: ReadinessProbe;
let server: LocalServer | undefined;

beforeEach(async () => {
	fake = await FakeEngine.start();
	fake.containers.set("proxy", {});
	fake.containers.set("web", {});
	probe = new ReadinessProbe(fake.engine, "proxy", 1_000);
});
afterEach(async () => {
	probe.close();
	await server?.close();
	server = undefined;
	await fake.close();
});

const look = (readiness: Readiness) => probe.look({ container: "web", id: "id", service: "web", readiness });
const HTTP = { http: { port: 3000, path: "/health" } };

async function answers(status: number, body = ""): Promise<void> {
	server = await serve((_, response) => response.writeHead(status).end(body));
	fake.dial.set("web:3000", server.port);
}

describe("a container", () => {
	test.for([
		[{ status: "exited", exitCode: 1 }, "it is exited (exit code 1)"],
		[{ status: "exited", exitCode: 137, outOfMemory: true }, "it is exited (exit code 137, out of memory)"],
		[{ status: "created" }, "it is created (exit code 0)"],
		[{ status: "paused" }, "it is paused (exit code 0)"],
		[{ status: "restarting", exitCode: 2 }, "it keeps restarting (exit code 2)"],
	] as const)("as %j is dead", async ([container, seen]) => {
		fake.containers.set("web", container);
		expect(await look(HTTP)).toEqual({ state: "dead", seen });
	});

	test("that is gone is dead", async () => {
		fake.containers.delete("web");
		expect(await look(HTTP)).toEqual({ state: "dead", seen: "there is no such container" });
	});

	test("that restarted since the first look is dead; restarts from before do not count", async () => {
		fake.containers.set("web", { restarts: 4, startedAt: new Date(0) });
		expect(await look({ staysUpMs: 100 })).toMatchObject({ state: "pass" });
		fake.containers.set("web", { restarts: 5 });
		expect(await look({ staysUpMs: 100 })).toEqual({ state: "dead", seen: "it keeps restarting" });
	});

	test.for([
		[[1], "exit code 1"],
		[["oom", 137, 3], "exit code 3"],
		[[3, "oom", 137], "exit code 137, out of memory"],
	] as const)("that runs again after %j is told of as it ended last: %s", async ([ends, told]) => {
		fake.containers.set("web", { restarts: 0 });
		await look({});
		fake.containers.set("web", { restarts: 2, exitCode: 0, ends: [...ends] });
		expect(await look({})).toEqual({ state: "dead", seen: `it keeps restarting (${told})` });
	});

	test("that nothing is asked of passes while it runs", async () => {
		expect(await look({})).toEqual({ state: "pass", seen: "running" });
	});
});

describe("by HTTP", () => {
	test.for([
		[200, undefined, "pass", "GET /health answered 200: fine"],
		[204, undefined, "pass", "GET /health answered 204"],
		[302, undefined, "wait", "GET /health answered 302: fine"],
		[503, undefined, "wait", "GET /health answered 503: fine"],
		[401, 401, "pass", "GET /health answered 401: fine"],
		[200, 204, "wait", "GET /health answered 200 (wanted 204): fine"],
	] as const)("%d, wanted %s: %s", async ([status, wanted, state, seen]) => {
		await answers(status, "fine");
		const http = { ...HTTP.http, ...(wanted !== undefined && { status: wanted }) };
		expect(await look({ http })).toEqual({ state, seen });
	});

	test("a long body is cut", async () => {
		await answers(500, "x".repeat(1_000));
		expect((await look(HTTP)).seen).toBe(`GET /health answered 500: ${"x".repeat(400)} … (1000 characters)`);
	});

	test("a refused connection, and a name that the proxy does not know", async () => {
		fake.dial.set("web:3001", 1);
		expect(await look(HTTP)).toEqual({
			state: "wait",
			seen: "GET /health on port 3000: nc: web (127.0.0.1:3000): Connection refused",
		});
		fake.dial.clear();
		expect((await look(HTTP)).seen).toBe("GET /health on port 3000: nc: bad address 'web'");
	});

	test("no answer", async () => {
		server = await serve(() => {});
		fake.dial.set("web:3000", server.port);
		const seen = "GET /health on port 3000: no answer within 1000 ms";
		expect(await look(HTTP)).toEqual({ state: "wait", seen });
	});
});

describe("by its version", () => {
	const VERSION = { version: { port: 3000, path: "/version", wanted: "2.0.0" } };
	const both = { ...HTTP, ...VERSION };

	/** A replica that is well or not, and tells this of its version. */
	async function tells(version: string, health = 200): Promise<void> {
		server = await serve((request, response) => {
			if (request.url === "/health") response.writeHead(health).end();
			else response.end(version);
		});
		fake.dial.set("web:3000", server.port);
	}

	test("the wanted one passes, and what is told is its health", async () => {
		await tells("2.0.0\n");
		expect(await look(both)).toEqual({ state: "pass", seen: "GET /health answered 200" });
		expect(await look(VERSION)).toEqual({ state: "pass", seen: "GET /version says 2.0.0" });
	});

	test("another one is dead: no waiting makes it another image", async () => {
		await tells("1.0.0");
		const seen = "GET /version says 1.0.0 instead of 2.0.0: its image is another than its version promises";
		expect(await look(both)).toEqual({ state: "dead", seen });
	});

	test("is not asked for before it is well: what it says at its start may not be its last word", async () => {
		await tells("0.0.0", 503);
		expect(await look(both)).toEqual({ state: "wait", seen: "GET /health answered 503" });
	});

	test("that cannot be read is a reason to wait", async () => {
		await tells("2.0.0");
		expect(await look({ version: { ...VERSION.version, json: "version" } })).toEqual({
			state: "wait",
			seen: 'GET /version tells no version as "version": 2.0.0',
		});
		await server?.close();
		server = undefined;
		expect(await look(VERSION)).toMatchObject({
			state: "wait",
			seen: expect.stringContaining("GET /version on port 3000: "),
		});
	});
});

describe("by Docker", () => {
	test.for([
		[undefined, "wait", "its image declares no HEALTHCHECK, and health.docker asks for one"],
		[{ status: "none" }, "wait", "its image declares no HEALTHCHECK, and health.docker asks for one"],
		[{ status: "starting" }, "wait", "Docker says starting"],
		[{ status: "unhealthy", output: "refused\n" }, "wait", "Docker says unhealthy: refused"],
		[{ status: "healthy", output: "ok" }, "pass", "Docker says healthy"],
	] as const)("health %j: %s", async ([health, state, seen]) => {
		fake.containers.set("web", health === undefined ? {} : { health });
		expect(await look({ docker: true })).toEqual({ state, seen });
	});
});

describe("by staying up", () => {
	const startedAgo = (ms: number) => fake.containers.set("web", { startedAt: new Date(Date.now() - ms) });

	test("long enough", async () => {
		startedAgo(10_500);
		const { state, seen } = await look({ staysUpMs: 10_000 });
		expect(state).toBe("pass");
		expect(seen).toMatch(/^up for 10\.\d s of 10\.0 s$/);
	});

	test("not yet", async () => {
		startedAgo(500);
		expect(await look({ staysUpMs: 10_000 })).toMatchObject({ state: "wait" });
	});

	test("by the Engine's clock, not by ours", async () => {
		fake.clockOffsetMs = -60_000;
		startedAgo(61_000);
		expect(await look({ staysUpMs: 10_000 })).toMatchObject({ state: "wait" });
	});
});

test("every way that is asked for has to pass", async () => {
	const all = { ...HTTP, docker: true, staysUpMs: 100 };
	await answers(200);
	fake.containers.set("web", { health: { status: "starting" } });
	expect(await look(all)).toMatchObject({ state: "wait", seen: "Docker says starting" });
	fake.containers.set("web", { health: { status: "healthy" }, startedAt: new Date(Date.now() + 5_000) });
	expect(await look(all)).toMatchObject({ state: "wait", seen: expect.stringContaining("up for") });
	fake.containers.set("web", { health: { status: "healthy" } });
	expect(await look(all)).toMatchObject({ state: "pass", seen: "GET /health answered 200" });
	await server?.close();
	server = undefined;
	expect(await look(all)).toMatchObject({ state: "wait", seen: expect.stringContaining("on port 3000") });
});

test("an Engine that does not answer is a reason to wait, not to fail", async () => {
	await fake.close();
	expect(await look(HTTP)).toMatchObject({ state: "wait", seen: expect.stringContaining("docker.sock") });
	fake = await FakeEngine.start();
});
