import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type * as remove from "../../../components/runtime/docker/remove";
import { FakeEngine } from "./support/fake-engine";
import { loadInProvider } from "./support/shim";

const { removeContainer, removeNetwork } = loadInProvider<typeof remove>("runtime/docker/remove.ts");

let fake: FakeEngine;
beforeEach(async () => {
	fake = await FakeEngine.start();
	vi.stubEnv("DOCKER_HOST", `unix://${fake.socketPath}`);
	fake.containers.set("p-green-web-1", {});
	fake.networks.set("n1", { name: "p-app" });
});
afterEach(async () => {
	vi.unstubAllEnvs();
	await fake.close();
});

describe.for(["a socket of this machine", "an address elsewhere"])("behind %s", (where) => {
	test("containers and networks are removed", async () => {
		if (where === "an address elsewhere") vi.stubEnv("DOCKER_HOST", await fake.listenOnTcp());
		await removeContainer("id-of-p-green-web-1", "service");
		expect(await removeNetwork("n1")).toBe(true);
		expect(await removeNetwork("n1")).toBe(true);
		expect(fake.ended).toEqual(["stop p-green-web-1", "remove p-green-web-1", "remove network n1"]);
	});
});

describe("a container", () => {
	test("is asked to stop, in its own time, before it is removed", async () => {
		await removeContainer("id-of-p-green-web-1", "service");
		expect(fake.ended).toEqual(["stop p-green-web-1", "remove p-green-web-1"]);
	});

	test("has a minute to stop where it is a database", async () => {
		await removeContainer("id-of-p-green-web-1", "database");
		expect(fake.ended[0]).toBe("stop p-green-web-1 after 60 s");
	});

	test("may be gone already", async () => {
		await expect(removeContainer("id-of-nobody", "service")).resolves.toBeUndefined();
	});

	test("that Docker does not answer for is an error", async () => {
		vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
		await expect(removeContainer("id-of-p-green-web-1", "service")).rejects.toThrow("ENOENT");
	});
});

describe("a network", () => {
	test("is removed, and may be gone already", async () => {
		expect(await removeNetwork("n1")).toBe(true);
		expect(fake.ended).toEqual(["remove network n1"]);
		expect(await removeNetwork("n1")).toBe(true);
	});

	test("stays while something is attached to it", async () => {
		fake.attached.add("n1");
		expect(await removeNetwork("n1")).toBe(false);
		expect([...fake.networks.keys()]).toEqual(["n1"]);
	});

	test("that Docker cannot remove is an error with its reason", async () => {
		fake.failing.set("DELETE /networks/n1", "the disk is full");
		await expect(removeNetwork("n1")).rejects.toThrow(
			'Docker did not remove network n1: it answered 500: {"message":"the disk is full"}',
		);
	});

	test("that Docker does not answer for is an error", async () => {
		vi.stubEnv("DOCKER_HOST", "unix:///nowhere/docker.sock");
		await expect(removeNetwork("n1")).rejects.toThrow("ENOENT");
	});
});
