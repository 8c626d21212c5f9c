import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EngineWatch } from "../../../components/runtime/engine-watch";

let engine: Server;
let watch: EngineWatch;
/** Resolves when the process would have ended. */
let ended: Promise<string>;
beforeEach(async () => {
	engine = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
	await once(engine, "listening");
	watch = new EngineWatch();
	ended = new Promise((resolve) => {
		const address = `127.0.0.1:${(engine.address() as AddressInfo).port}`;
		// In the provider's process its server keeps it alive; here nothing else does.
		watch.endWith(address, () => resolve("ended"))?.ref();
	});
});
afterEach(() => void engine.close());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("the process lives as long as the engine listens, and ends soon after", async () => {
	expect(await Promise.race([ended, pause(1_500).then(() => "alive")])).toBe("alive");
	engine.close();
	expect(await Promise.race([ended, pause(5_000).then(() => "alive")])).toBe("ended");
});

test("what runs to its end does so before the process ends", async () => {
	let done = false;
	const work = watch.toItsEnd(async () => {
		engine.close();
		await pause(1_500);
		done = true;
		return "verified";
	});
	await ended;
	expect(done).toBe(true);
	expect(await work).toBe("verified");
});

test("nothing begins once the engine is gone", async () => {
	engine.close();
	await ended;
	const work = vi.fn(async () => undefined);
	await expect(watch.toItsEnd(work)).rejects.toThrow("Pulumi was killed; nothing more is done in its name.");
	expect(work).not.toHaveBeenCalled();
});

test("a failure of what runs to its end is its own", async () => {
	const failing = () => Promise.reject(new Error("the disk is full"));
	await expect(watch.toItsEnd(failing)).rejects.toThrow("the disk is full");
	engine.close();
	await ended;
});

test.for([undefined, "", "run", "--pool=forks", "example.com:80"])("nothing is watched at %j", (address) => {
	expect(new EngineWatch().endWith(address)).toBeUndefined();
});
