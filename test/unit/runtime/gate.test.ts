import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type GateResult, waitUntilReady } from "../../../components/runtime/gate";
import type { Observation } from "../../../components/runtime/readiness";
import type { GatePolicy, Target } from "../../../components/runtime/steps";

// Only the clock and the pauses are made, so that times are exact however busy the machine is.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

async function wait(...args: Parameters<typeof waitUntilReady>): Promise<GateResult> {
	const waiting = waitUntilReady(...args);
	await vi.runAllTimersAsync();
	return waiting;
}

const POLICY: GatePolicy = { intervalMs: 5, timeoutMs: 1_000, passes: 3, deadlineMs: 2_000 };

function target(container: string): Target {
	return { container, id: `id-of-${container}`, service: "web", readiness: {} };
}

/** Looks that show these states one after another, the last one again and again; counts them by container. */
function script(states: Record<string, readonly Observation["state"][]>) {
	const looks: Record<string, number> = {};
	const look = async ({ container }: Target): Promise<Observation> => {
		const at = looks[container] ?? 0;
		looks[container] = at + 1;
		const all = states[container] ?? [];
		return { state: all[Math.min(at, all.length - 1)] ?? "wait", seen: `look ${at + 1}` };
	};
	return { look, looks };
}

describe("a replica", () => {
	test("is ready after so many passes in a row", async () => {
		const { look, looks } = script({ web: ["pass"] });
		const result = await wait([target("web")], POLICY, look);
		expect(result.ready).toBe(true);
		expect(looks.web).toBe(3);
	});

	test("begins anew after a look that failed", async () => {
		const { look, looks } = script({ web: ["wait", "pass", "pass", "wait", "pass", "pass", "pass"] });
		expect(await wait([target("web")], POLICY, look)).toMatchObject({ ready: true });
		expect(looks.web).toBe(7);
	});

	test("that is dead ends the wait at once", async () => {
		const { look, looks } = script({ web: ["wait", "dead"] });
		const result = await wait([target("web")], { ...POLICY, deadlineMs: 60_000 }, look);
		expect(looks.web).toBe(2);
		expect(result).toMatchObject({
			ready: false,
			unready: [{ target: { container: "web" }, last: { state: "dead", seen: "look 2" }, passes: 0 }],
		});
		expect(result.durationMs).toBe(5);
	});

	test("that never passes ends the wait at the deadline, with the last thing seen", async () => {
		const { look, looks } = script({ web: ["pass", "pass", "wait"] });
		const result = await wait([target("web")], { ...POLICY, deadlineMs: 200 }, look);
		expect(result).toMatchObject({ ready: false, unready: [{ passes: 0, last: { state: "wait" } }] });
		if (result.ready) throw new Error("unreachable");
		expect(result.unready[0]?.last.seen).toBe(`look ${looks.web}`);
		// The next look would come at the deadline itself.
		expect(result.durationMs).toBe(195);
	});

	test("that flaps is never ready, and its last setback is told beside a pass", async () => {
		const flapping = Array.from({ length: 100 }, (_, at) => (at % 3 === 2 ? "wait" : "pass"));
		const { look } = script({ web: flapping });
		const result = await wait([target("web")], { ...POLICY, deadlineMs: 50 }, look);
		expect(result).toMatchObject({
			ready: false,
			unready: [
				{ last: { state: "pass", seen: "look 10" }, passes: 1, setback: { state: "wait", seen: "look 9" } },
			],
		});
	});

	test("that passes too late tells how far it came", async () => {
		const { look } = script({ web: ["pass"] });
		const policy = { ...POLICY, passes: 100, intervalMs: 50, deadlineMs: 120 };
		expect(await wait([target("web")], policy, look)).toMatchObject({
			ready: false,
			unready: [{ passes: 3 }],
		});
	});
});

describe("several replicas", () => {
	const both = [target("web-1"), target("web-2")];

	test("all have to be ready at the same time", async () => {
		const { look, looks } = script({
			"web-1": ["pass", "pass", "pass", "wait", "pass"],
			"web-2": ["wait", "wait", "pass"],
		});
		expect(await wait(both, POLICY, look)).toMatchObject({ ready: true });
		// The first one, ready early, failed again while the second was waited for.
		expect(looks).toEqual({ "web-1": 7, "web-2": 7 });
	});

	test("are looked at side by side", async () => {
		let [open, most] = [0, 0];
		const look = async (): Promise<Observation> => {
			most = Math.max(most, ++open);
			await new Promise((resolve) => setTimeout(resolve, 20));
			open--;
			return { state: "pass", seen: "" };
		};
		await wait(both, POLICY, look);
		expect(most).toBe(2);
	});

	test("only those are told of that are not ready", async () => {
		const { look } = script({ "web-1": ["pass"], "web-2": ["wait"] });
		const result = await wait(both, { ...POLICY, deadlineMs: 100 }, look);
		if (result.ready) throw new Error("web-2 never passes");
		expect(result.unready.map((one) => one.target.container)).toEqual(["web-2"]);
	});

	test("a dead one is told of alone: the others only had no time", async () => {
		const { look } = script({ "web-1": ["wait"], "web-2": ["dead"] });
		const result = await wait(both, POLICY, look);
		if (result.ready) throw new Error("web-2 is dead");
		expect(result.unready.map((one) => one.target.container)).toEqual(["web-2"]);
	});
});

describe("replicas that have passed before", () => {
	const both = [target("web-1"), target("web-2")];

	test("are asked as often, without a pause between", async () => {
		const { look, looks } = script({ "web-1": ["pass"], "web-2": ["pass"] });
		const result = await wait(both, { ...POLICY, intervalMs: 500 }, look, () => true);
		expect(result).toEqual({ ready: true, durationMs: 0 });
		expect(looks).toEqual({ "web-1": 3, "web-2": 3 });
	});

	test("are given time once a look fails", async () => {
		const { look } = script({ "web-1": ["wait", "pass"], "web-2": ["pass"] });
		const policy = { ...POLICY, intervalMs: 500 };
		expect((await wait(both, policy, look, () => true)).durationMs).toBe(500);
	});

	test("wait for one that has not", async () => {
		const { look } = script({ "web-1": ["pass"], "web-2": ["pass"] });
		const policy = { ...POLICY, intervalMs: 500 };
		const proven = ({ container }: Target) => container === "web-1";
		expect((await wait(both, policy, look, proven)).durationMs).toBe(1_000);
	});
});

test("looks are an interval apart, however long each takes", async () => {
	const times: number[] = [];
	const look = async (): Promise<Observation> => {
		times.push(performance.now());
		await new Promise((resolve) => setTimeout(resolve, 40));
		return { state: "pass", seen: "" };
	};
	await wait([target("web")], { ...POLICY, intervalMs: 100 }, look);
	// Not 140 apart: the look is part of the interval.
	expect(times.map((time) => time - (times[0] ?? 0))).toEqual([0, 100, 200]);
});

test("with nothing to wait for there is nothing to do", async () => {
	expect(await wait([], POLICY, script({}).look)).toMatchObject({ ready: true });
});
