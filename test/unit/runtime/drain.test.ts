import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { drain, runDrain } from "../../../components/runtime/drain";
import { FakeEngine } from "./support/fake-engine";
import { Said, serve, withoutTimes } from "./support/server";

/** Counts that come one after another, the last one again and again; "fails" is a poll that fails. */
function counts(...all: (number | "fails")[]) {
	const polls = { made: 0 };
	const count = async () => {
		const next = all[Math.min(polls.made++, all.length - 1)];
		if (next === "fails" || next === undefined) throw new Error("the admin API did not answer");
		return next;
	};
	return { count, polls };
}

describe("a drain", () => {
	let said: Said;
	beforeEach(() => {
		said = new Said();
		// Only the clock and the pauses are made: an hour of polling takes milliseconds.
		vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
	});
	afterEach(() => void vi.useRealTimers());

	const run = async (timeoutMs: number, count: () => Promise<number>) => {
		const running = drain("blue", timeoutMs, count, said);
		await vi.runAllTimersAsync();
		return running;
	};

	test("is over after three zeros in a row", async () => {
		const { count, polls } = counts(0);
		expect(await run(30_000, count)).toEqual({
			color: "blue",
			outcome: "drained",
			durationMs: 200,
			remaining: 0,
		});
		expect(polls.made).toBe(3);
		expect(said).toEqual({ infos: ["blue is drained after 200 ms"], warnings: [] });
	});

	test("begins to count its zeros anew after a request", async () => {
		const { count, polls } = counts(2, 0, 0, 1, 0, 0, 0);
		expect(await run(30_000, count)).toMatchObject({ outcome: "drained" });
		expect(polls.made).toBe(7);
	});

	test("takes a poll that fails for unknown, never for zero", async () => {
		const { count, polls } = counts(0, 0, "fails", 0, 0, "fails", 0, 0, 0);
		expect(await run(30_000, count)).toMatchObject({ outcome: "drained" });
		expect(polls.made).toBe(9);
	});

	test("that runs out of time tells how many are left", async () => {
		const { count } = counts(5, 3);
		const record = await run(1_000, count);
		expect(record).toMatchObject({ color: "blue", outcome: "timed-out", remaining: 3 });
		expect(record.durationMs).toBeLessThanOrEqual(1_000);
		expect(record.durationMs).toBeGreaterThanOrEqual(900);
		expect(said.warnings).toEqual(["3 in flight on blue after 1.0 s: the drain timed out"]);
	});

	test("that never counted anything says so, and not that it is drained", async () => {
		const { count } = counts("fails");
		const record = await run(1_000, count);
		expect(record).toEqual({ color: "blue", outcome: "not-counted", durationMs: record.durationMs });
		expect(said.warnings).toEqual(["the requests in flight on blue could not be counted within 1.0 s"]);
	});

	test("that ends on a poll that failed tells what it does not know", async () => {
		const { count } = counts(5, 4, "fails");
		expect(await run(1_000, count)).not.toHaveProperty("remaining");
	});

	test("of no time is skipped, and nothing is counted", async () => {
		const { count, polls } = counts(9);
		expect(await run(0, count)).toEqual({ color: "blue", outcome: "skipped", durationMs: 0 });
		expect(polls.made).toBe(0);
		expect(said).toEqual({ infos: [], warnings: [] });
	});

	test("tells a person who waits how it goes, every five seconds", async () => {
		const { count } = counts(7);
		await run(21_000, count);
		expect(said.infos).toEqual([
			"draining blue: 7 in flight after 5.1 s of 21.0 s",
			"draining blue: 7 in flight after 10.1 s of 21.0 s",
			"draining blue: 7 in flight after 15.1 s of 21.0 s",
			"draining blue: 7 in flight after 20.1 s of 21.0 s",
		]);
	});

	test("tells that it does not know, while it does not", async () => {
		const { count } = counts("fails");
		await run(6_000, count);
		expect(said.infos).toEqual(["draining blue: unknown how many in flight after 5.1 s of 6.0 s"]);
	});
});

describe("the drain of a proxy", () => {
	let fake: FakeEngine;
	beforeEach(async () => {
		fake = await FakeEngine.start();
		fake.containers.set("proxy", {});
	});
	afterEach(() => fake.close());

	const inputs = {
		active: "green",
		proxy: "proxy",
		upstreams: { blue: ["blue-web-1:3000", "blue-web-2:3000"], green: ["green-web-1:3000"] },
		timeoutMs: 5_000,
	} as const;

	test("counts what is in flight on the color that does not serve, and only there", async () => {
		const inFlight = { "blue-web-1:3000": 1, "blue-web-2:3000": 2, "green-web-1:3000": 50 };
		let polls = 0;
		const admin = await serve((request, response) => {
			expect(request.url).toBe("/reverse_proxy/upstreams");
			if (++polls === 3) Object.assign(inFlight, { "blue-web-1:3000": 0, "blue-web-2:3000": 0 });
			const all = Object.entries(inFlight).map(([address, num_requests]) => ({ address, num_requests }));
			response.end(JSON.stringify(all));
		});
		fake.dial.set("127.0.0.1:2019", admin.port);
		const said = new Said();
		const { lastDrain, ...rest } = await runDrain(fake.engine, inputs, said);
		expect(rest).toEqual(inputs);
		expect(lastDrain).toMatchObject({ color: "blue", outcome: "drained", remaining: 0 });
		expect(polls).toBe(5);
		expect(said.infos.map(withoutTimes)).toEqual(["blue is drained after <time>"]);
		await admin.close();
	});

	test("never fails, even where Caddy is gone", async () => {
		fake.containers.delete("proxy");
		const { lastDrain } = await runDrain(fake.engine, { ...inputs, timeoutMs: 300 }, new Said());
		expect(lastDrain).toMatchObject({ outcome: "not-counted" });
	});

	test("takes an answer that is none for unknown", async () => {
		const admin = await serve((_, response) => response.writeHead(500).end("[]"));
		fake.dial.set("127.0.0.1:2019", admin.port);
		const { lastDrain } = await runDrain(fake.engine, { ...inputs, timeoutMs: 300 }, new Said());
		expect(lastDrain).toMatchObject({ outcome: "not-counted" });
		await admin.close();
	});
});
