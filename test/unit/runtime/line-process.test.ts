import { afterEach, beforeEach, expect, test } from "vitest";
import { LineProcess } from "../../../components/runtime/docker/line-process";
import { FakeEngine } from "./support/fake-engine";
import { lineServer } from "./support/line-server";

let fake: FakeEngine;
beforeEach(async () => {
	fake = await FakeEngine.start();
	fake.containers.set("proxy", {});
});
afterEach(() => fake.close());

test("answers come in the order of the lines", async () => {
	fake.talk = () => lineServer((line) => line.toUpperCase());
	const process = new LineProcess(fake.engine, "proxy", ["sh"]);
	expect(await Promise.all(["a", "b", "c"].map((line) => process.ask(line)))).toEqual(["A", "B", "C"]);
	process.close();
});

test("an answer that does not come is an error, and so is every one behind it", async () => {
	fake.talk = () => lineServer(() => undefined);
	const process = new LineProcess(fake.engine, "proxy", ["sh"], 100);
	const all = await Promise.allSettled([process.ask("a"), process.ask("b")]);
	for (const one of all) {
		expect(one).toMatchObject({ status: "rejected" });
		expect(String((one as PromiseRejectedResult).reason)).toContain("sh in proxy: no answer within 100 ms");
	}
});

test("what the process complained of before it ended is the reason", async () => {
	const process = new LineProcess(fake.engine, "proxy", ["sh"]);
	await expect(process.ask("a")).rejects.toThrow("sh in proxy: no such program: sh");
});

test("an Engine that does not have the container is an error, not a wait", async () => {
	const process = new LineProcess(fake.engine, "gone", ["sh"]);
	await expect(process.ask("a")).rejects.toThrow("No such container: gone");
});
