import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type DrainOfOther, drain, runDrain } from "../../../components/runtime/drain";
import type { DrainPolicy, InFlight } from "../../../components/runtime/steps";
import { FakeEngine } from "./support/fake-engine";
import { Said, serve, withoutTimes } from "./support/server";

/** Counts that come one after another, the last one again and again; "fails" is a poll that fails. */
function counts(...all: (number | InFlight | "fails")[]) {
	const polls = { made: 0 };
	const count = async (): Promise<InFlight> => {
		const next = all[Math.min(polls.made++, all.length - 1)];
		if (next === "fails" || next === undefined) throw new Error("the admin API did not answer");
		return typeof next === "number" ? { requests: next, streams: 0 } : next;
	};
	return { count, polls };
}

const NONE = { requests: 0, streams: 0 };

describe("a drain", () => {
	let said: Said;
	beforeEach(() => {
		said = new Said();
		// Only the clock and the pauses are made: an hour of polling takes milliseconds.
		vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
	});
	afterEach(() => void vi.useRealTimers());

	const run = async (policy: Partial<DrainPolicy>, count: () => Promise<InFlight>) => {
		const running = drain(
			"blue",
			{ mode: "inflight", timeoutMs: 30_000, delayMs: 10_000, ...policy },
			count,
			said,
		);
		await vi.runAllTimersAsync();
		return running;
	};

	describe.each(["inflight", "auto"] as const)("in mode %s", (mode) => {
		test("is over after three zeros in a row", async () => {
			const { count, polls } = counts(0);
			const drained = { color: "blue", outcome: "drained", durationMs: 200, remaining: NONE };
			expect(await run({ mode }, count)).toEqual(drained);
			expect(polls.made).toBe(3);
			expect(said).toEqual({ infos: ["blue is drained after 200 ms"], warnings: [] });
		});

		test("begins to count its zeros anew after a request, and after a stream", async () => {
			const { count, polls } = counts(2, 0, 0, 1, 0, 0, { requests: 0, streams: 1 }, 0, 0, 0);
			expect(await run({ mode }, count)).toMatchObject({ outcome: "drained" });
			expect(polls.made).toBe(10);
		});

		test("takes a poll that fails for unknown, never for zero", async () => {
			const { count, polls } = counts(0, 0, "fails", 0, 0, "fails", 0, 0, 0);
			expect(await run({ mode }, count)).toMatchObject({ outcome: "drained" });
			expect(polls.made).toBe(9);
		});

		test("that runs out of time tells how many are left, by kind", async () => {
			const { count } = counts(5, { requests: 3, streams: 1 });
			const record = await run({ mode, timeoutMs: 1_000 }, count);
			const remaining = { requests: 3, streams: 1 };
			expect(record).toMatchObject({ color: "blue", outcome: "timed-out", remaining });
			expect(record.durationMs).toBeLessThanOrEqual(1_000);
			expect(record.durationMs).toBeGreaterThanOrEqual(900);
			expect(said.warnings).toEqual([
				"the drain of blue timed out after 1.0 s with 3 requests and 1 stream in flight",
			]);
		});

		test("of no time is skipped, and nothing is counted", async () => {
			const { count, polls } = counts(9);
			const skipped = { color: "blue", outcome: "skipped", durationMs: 0 };
			expect(await run({ mode, timeoutMs: 0 }, count)).toEqual(skipped);
			expect(polls.made).toBe(0);
			expect(said).toEqual({ infos: [], warnings: [] });
		});

		test("that ends on a poll that failed tells what it does not know", async () => {
			const { count } = counts(5, 4, 4, 4, 4, 4, 4, 4, 4, "fails");
			const record = await run({ mode, timeoutMs: 1_000 }, count);
			expect(record).toEqual({ color: "blue", outcome: "not-counted", durationMs: record.durationMs });
		});

		test("tells a person who waits how it goes, every five seconds", async () => {
			const { count } = counts({ requests: 1, streams: 7 });
			await run({ mode, timeoutMs: 21_000 }, count);
			expect(said.infos).toEqual([
				"draining blue: 1 request and 7 streams in flight after 5.1 s of 21.0 s",
				"draining blue: 1 request and 7 streams in flight after 10.1 s of 21.0 s",
				"draining blue: 1 request and 7 streams in flight after 15.1 s of 21.0 s",
				"draining blue: 1 request and 7 streams in flight after 20.1 s of 21.0 s",
			]);
		});
	});

	test("in mode inflight that never counted anything says so, and why, and not that it is drained", async () => {
		const { count } = counts("fails");
		const record = await run({ timeoutMs: 6_000 }, count);
		expect(record).toEqual({ color: "blue", outcome: "not-counted", durationMs: record.durationMs });
		expect(said).toEqual({
			infos: ["draining blue: unknown how much in flight after 5.1 s of 6.0 s"],
			warnings: ["what is in flight on blue could not be counted within 6.0 s: the admin API did not answer"],
		});
	});

	test("in mode auto falls back to the fixed time, counted from its beginning, where nothing can be counted", async () => {
		const { count, polls } = counts("fails");
		expect(await run({ mode: "auto", delayMs: 4_000 }, count)).toEqual({
			color: "blue",
			outcome: "waited",
			durationMs: 4_000,
		});
		expect(polls.made).toBe(10);
		expect(said.warnings).toEqual([
			"what is in flight on blue cannot be counted (the admin API did not answer): waiting 4.0 s instead",
		]);
	});

	test("in mode auto with no fixed time goes on at once where nothing can be counted", async () => {
		const { count } = counts("fails");
		expect(await run({ mode: "auto", delayMs: 0 }, count)).toMatchObject({ outcome: "skipped" });
	});

	test("in mode delay waits the fixed time, whatever is in flight and whatever the timeout, and asks nobody", async () => {
		const { count, polls } = counts(9);
		expect(await run({ mode: "delay", delayMs: 4_000, timeoutMs: 0 }, count)).toEqual({
			color: "blue",
			outcome: "waited",
			durationMs: 4_000,
		});
		expect(polls.made).toBe(0);
	});

	test("in mode delay with no fixed time is skipped", async () => {
		const { count } = counts(9);
		expect(await run({ mode: "delay", delayMs: 0 }, count)).toMatchObject({ outcome: "skipped" });
	});
});

describe("the drain of a proxy", () => {
	let fake: FakeEngine;
	let said: Said;
	beforeEach(async () => {
		fake = await FakeEngine.start();
		fake.containers.set("proxy", {});
		for (const name of ["blue-web-1", "blue-web-2", "green-web-1"]) fake.containers.set(name, {});
		said = new Said();
	});
	afterEach(() => fake.close());

	const inputs: DrainOfOther = {
		active: "green",
		proxy: "proxy",
		upstreams: { blue: ["blue-web-1:3000", "blue-web-2:3000"], green: ["green-web-1:3000"] },
		policy: { mode: "inflight", timeoutMs: 5_000, delayMs: 10_000 },
		standby: "warm",
	};
	const brief = { ...inputs, policy: { ...inputs.policy, timeoutMs: 300 } };

	/** Caddy's answer to how much is in flight; `beforePoll` may change it, and knows which poll it is. */
	async function caddyCounts(inFlight: Record<string, number>, beforePoll = (_poll: number) => {}) {
		let polls = 0;
		const admin = await serve((request, response) => {
			expect(request.url).toBe("/reverse_proxy/upstreams");
			beforePoll(++polls);
			const all = Object.entries(inFlight).map(([address, num_requests]) => ({ address, num_requests }));
			response.end(JSON.stringify(all));
		});
		fake.dial.set("127.0.0.1:2019", admin.port);
		return { polls: () => polls, close: () => admin.close() };
	}

	test("counts what is in flight on the color that does not serve, and only there", async () => {
		const inFlight = { "blue-web-1:3000": 1, "blue-web-2:3000": 2, "green-web-1:3000": 50 };
		const admin = await caddyCounts(inFlight, (poll) => {
			if (poll === 3) Object.assign(inFlight, { "blue-web-1:3000": 0, "blue-web-2:3000": 0 });
		});
		const { lastDrain, ...rest } = await runDrain(fake.engine, inputs, said);
		expect(rest).toEqual(inputs);
		expect(lastDrain).toMatchObject({ color: "blue", outcome: "drained", remaining: NONE });
		expect(admin.polls()).toBe(5);
		expect(said.infos.map(withoutTimes)).toEqual(["blue is drained after <time>"]);
		expect(fake.restarted).toEqual([]);
		await admin.close();
	});

	test("closes streams that are still open at its end by a restart of the replicas that hold them", async () => {
		const admin = await caddyCounts({
			"blue-web-1:3000": 4,
			"blue-web-2:3000": 1,
			"blue-web-2.:3000": 3,
			"green-web-1.:3000": 9,
		});
		const { lastDrain } = await runDrain(fake.engine, brief, said);
		const remaining = { requests: 5, streams: 3 };
		expect(lastDrain).toMatchObject({ outcome: "timed-out", remaining, streamsClosed: 3 });
		expect(fake.restarted).toEqual(["blue-web-2"]);
		expect(said.warnings.map(withoutTimes)).toEqual([
			"the drain of blue timed out after <time> with 5 requests and 3 streams in flight",
		]);
		expect(said.infos).toEqual(["3 streams on blue-web-2 closed, by a restart of this standby replica"]);
		await admin.close();
	});

	test("leaves the closing to the removal of a color that does not stay", async () => {
		const admin = await caddyCounts({ "blue-web-2.:3000": 3 });
		const { lastDrain } = await runDrain(fake.engine, { ...brief, standby: "removed" }, said);
		expect(lastDrain).toMatchObject({ outcome: "timed-out", remaining: { requests: 0, streams: 3 } });
		expect(lastDrain).not.toHaveProperty("streamsClosed");
		expect(fake.restarted).toEqual([]);
		await admin.close();
	});

	test("says which streams stay open, where a replica cannot be restarted", async () => {
		fake.containers.delete("blue-web-2");
		const admin = await caddyCounts({ "blue-web-1.:3000": 1, "blue-web-2.:3000": 3 });
		const { lastDrain } = await runDrain(fake.engine, brief, said);
		expect(lastDrain).toMatchObject({ streamsClosed: 1 });
		expect(fake.restarted).toEqual(["blue-web-1"]);
		expect(said.warnings.at(-1)).toMatch(
			/^3 streams on blue-web-2 \(blue\) stay open: it could not be restarted: .*No such container: blue-web-2/,
		);
		await admin.close();
	});

	test("never fails, even where Caddy is gone", async () => {
		fake.containers.delete("proxy");
		const { lastDrain } = await runDrain(fake.engine, brief, said);
		expect(lastDrain).toMatchObject({ outcome: "not-counted" });
	});

	test("takes an answer that is none for unknown", async () => {
		const admin = await serve((_, response) => response.writeHead(500).end("[]"));
		fake.dial.set("127.0.0.1:2019", admin.port);
		const { lastDrain } = await runDrain(fake.engine, brief, said);
		expect(lastDrain).toMatchObject({ outcome: "not-counted" });
		await admin.close();
	});
});
