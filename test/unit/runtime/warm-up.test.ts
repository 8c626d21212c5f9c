import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { WarmUp } from "../../../components/plan/types";
import { runHealthGate } from "../../../components/runtime/health-gate";
import type { Target } from "../../../components/runtime/steps";
import { warmUp } from "../../../components/runtime/warm-up";
import { FakeHost, PROXY } from "./support/fake-host";
import { Said, withoutTimes } from "./support/server";

let host: FakeHost;
beforeEach(async () => {
	host = await FakeHost.start();
});
afterEach(() => host.close());

const PLAN: WarmUp = { port: 3000, paths: ["/", "/products"], requests: 12, connections: 3, withinMs: 60 };

function replica(color: "blue" | "green", plan?: WarmUp): Target {
	const container = `p-${color}-web-1`;
	const readiness = { http: { port: 3000, path: "/health" } };
	return { container, id: `id-of-${container}`, service: "web", readiness, ...(plan && { warmUp: plan }) };
}

const asked = (what: string) => host.log.filter((line) => line === what).length;

describe("a warm-up", () => {
	test("asks each replica for its paths in turn, so many times in all", async () => {
		const result = await warmUp(host.engine, PROXY, [replica("green", PLAN), replica("blue", PLAN)], 2_000);
		expect(result).toEqual({ sent: 24, failed: 0 });
		for (const color of ["blue", "green"]) {
			expect(asked(`ask ${color} /`)).toBe(6);
			expect(asked(`ask ${color} /products`)).toBe(6);
		}
	});

	test("takes its time, so that it is no load peak for who serves meanwhile", async () => {
		const start = performance.now();
		await warmUp(host.engine, PROXY, [replica("green", { ...PLAN, withinMs: 400 })], 2_000);
		// The last of 12 is due after 11/12 of it.
		expect(performance.now() - start).toBeGreaterThan(350);
	});

	test("tells of answers of 500 and above, and of no answer at all", async () => {
		host.health.green = 503;
		const plan = { ...PLAN, paths: ["/products"] };
		expect(await warmUp(host.engine, PROXY, [replica("green", plan)], 2_000)).toEqual({
			sent: 12,
			failed: 12,
			lastFailure: "p-green-web-1: GET /products answered 503",
		});
		host.fake.dial.delete("p-green-web-1:3000");
		const gone = await warmUp(host.engine, PROXY, [replica("green", plan)], 2_000);
		expect(gone).toMatchObject({ sent: 12, failed: 12 });
		expect(gone.lastFailure).toContain("p-green-web-1: GET /products");
	});

	test("does nothing for services without one", async () => {
		expect(await warmUp(host.engine, PROXY, [replica("green")], 2_000)).toEqual({ sent: 0, failed: 0 });
		expect(host.log).toEqual([]);
	});
});

describe("the gate", () => {
	const inputs = (plan?: WarmUp) => ({
		active: "green" as const,
		colors: {
			blue: { version: "1.0.0", targets: [replica("blue", plan)] },
			green: { version: "2.0.0", targets: [replica("green", plan)] },
		},
		proxy: PROXY,
		policy: { intervalMs: 5, timeoutMs: 2_000, passes: 2, deadlineMs: 5_000 },
	});

	test("warms up the color that visitors come to next, once it is ready, and no other", async () => {
		const said = new Said();
		await runHealthGate(host.engine, undefined, inputs(PLAN), said);
		expect(asked("ask blue /products")).toBe(0);
		const first = host.log.indexOf("ask green /products");
		expect(first).toBeGreaterThan(host.log.indexOf("ask green /health"));
		expect(said.infos.map(withoutTimes)).toContain("green 2.0.0 warmed up with 12 requests in <time>");
		expect(said.warnings).toEqual([]);
	});

	test("goes on where the warm-up's requests fail, and says so", async () => {
		const said = new Said();
		const gone = { ...PLAN, port: 3001 };
		const { result } = await runHealthGate(host.engine, undefined, inputs(gone), said);
		expect(result).toContain("green 2.0.0: 1 replica ready");
		expect(said.warnings).toHaveLength(1);
		expect(said.warnings[0]).toMatch(
			/^12 of 12 warm-up requests failed; the release goes on\. The last: p-green-web-1: GET \//,
		);
	});

	test("says nothing of a warm-up that nobody asked for", async () => {
		const said = new Said();
		await runHealthGate(host.engine, undefined, inputs(), said);
		expect(said.infos.filter((line) => line.includes("warm"))).toEqual([]);
	});
});
