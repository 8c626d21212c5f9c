import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { WarmUp } from "../../../components/plan/types";
import { runHealthGate } from "../../../components/runtime/health-gate";
import type { HealthGateInputs, Target } from "../../../components/runtime/steps";
import type { Color } from "../../../components/settings/schema";
import { FakeHost, PROXY } from "./support/fake-host";
import { Said } from "./support/server";

let host: FakeHost;
beforeEach(async () => {
	host = await FakeHost.start();
});
afterEach(() => host.close());

const WARM_UP: WarmUp = { port: 3000, paths: ["/"], requests: 4, connections: 1, withinMs: 20 };
const INTERVAL_MS = 300;

function inputs(active: Color): HealthGateInputs {
	const color = (name: Color) => {
		const container = `p-${name}-web-1`;
		const readiness = { http: { port: 3000, path: "/health" } };
		const target: Target = {
			container,
			id: `id-of-${container}`,
			service: "web",
			readiness,
			warmUp: WARM_UP,
		};
		return { version: "1", targets: [target] };
	};
	const policy = { intervalMs: INTERVAL_MS, timeoutMs: 2_000, passes: 3, deadlineMs: 5_000 };
	return { active, colors: { blue: color("blue"), green: color("green") }, proxy: PROXY, policy };
}

const run = (news: HealthGateInputs, olds?: HealthGateInputs) =>
	runHealthGate(host.engine, olds, news, new Said());
const asked = (what: string) => host.log.filter((line) => line === what).length;

/** Blue serves after green has, so both have passed: blue as the active color, green as the standby. */
async function blueAfterTheFirst() {
	host.fake.containers.set("p-blue-web-1", { startedAt: new Date(1_000) });
	host.fake.containers.set("p-green-web-1", { startedAt: new Date(2_000) });
	const state = await run(inputs("blue"));
	expect(state.lastRun.durationMs).toBeGreaterThan(3 * INTERVAL_MS);
	host.log.length = 0;
	return state;
}

describe("the gate of a color that has been gated before", () => {
	test("remembers who passed, when it was started, and whether it was warmed up", async () => {
		expect((await blueAfterTheFirst()).passed).toEqual({
			"id-of-p-blue-web-1": { startedAtMs: 1_000, warm: true },
			"id-of-p-green-web-1": { startedAtMs: 2_000, warm: false },
		});
	});

	test("asks as often without a pause, and warms up what was never active", async () => {
		const state = await run(inputs("green"), await blueAfterTheFirst());
		expect(asked("ask green /health")).toBe(3);
		expect(asked("ask green /")).toBe(4);
		expect(state.lastRun.durationMs).toBeLessThan(INTERVAL_MS);
		expect(state.passed?.["id-of-p-green-web-1"]).toEqual({ startedAtMs: 2_000, warm: true });
	});

	test("does not warm up again what runs on since", async () => {
		const green = await run(inputs("green"), await blueAfterTheFirst());
		host.log.length = 0;
		const blue = await run(inputs("blue"), green);
		expect(asked("ask blue /health")).toBe(3);
		expect(asked("ask blue /")).toBe(0);
		expect(blue.passed?.["id-of-p-blue-web-1"]).toEqual({ startedAtMs: 1_000, warm: true });
	});

	test("has all its patience, and warms up, after a restart", async () => {
		const green = await run(inputs("green"), await blueAfterTheFirst());
		host.fake.containers.set("p-blue-web-1", { startedAt: new Date(3_000) });
		host.log.length = 0;
		const blue = await run(inputs("blue"), green);
		expect(blue.lastRun.durationMs).toBeGreaterThan(2 * INTERVAL_MS);
		expect(asked("ask blue /")).toBe(4);
		expect(blue.passed?.["id-of-p-blue-web-1"]).toEqual({ startedAtMs: 3_000, warm: true });
	});

	test("is not passed by one that is ill by now", async () => {
		const state = await blueAfterTheFirst();
		host.health.green = 503;
		const news = { ...inputs("green"), policy: { ...inputs("green").policy, deadlineMs: 400 } };
		await expect(run(news, state)).rejects.toThrow("green 1 is not ready");
		// An ill one is asked at intervals, not in a storm.
		expect(asked("ask green /health")).toBe(2);
	});

	test("forgets containers that are gone", async () => {
		const before = await blueAfterTheFirst();
		const { blue } = inputs("blue").colors;
		const state = await run({ ...inputs("blue"), colors: blue ? { blue } : {} }, before);
		expect(Object.keys(state.passed ?? {})).toEqual(["id-of-p-blue-web-1"]);
	});
});
