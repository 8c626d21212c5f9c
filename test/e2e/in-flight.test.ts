import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LONG_VISIT, type LoadReport, wrongColorAfter } from "../../scripts/load";
import { engine, eventually } from "./support/docker";
import { CONNECTIONS, underLoad } from "./support/load";
import { assertSucceeded, TestStack, type UpOutcome } from "./support/stack";

const STREAMS = { webSockets: 5, eventStreams: 5 };

/** What is in flight at the moment of the switch: long requests, WebSockets, event streams. */
describe("a release while much is in flight", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await TestStack.create("e2e-in-flight");
		await shop.set("colors.green.version", "2.0.0");
		assertSucceeded(await shop.up());
	});
	afterAll(() => shop?.dispose());

	it("lets requests of 10 s finish on the old color, and waits for them", async () => {
		const { up, report, switchedMs } = await switchTo("green", {
			requests: [{ path: "/version" }, LONG_VISIT],
		});
		const slow = report.samples.filter(({ template }) => report.templates[template]?.includes("/slow"));
		const across = slow.filter(({ startMs }) => startMs < switchedMs && startMs + 10_000 > switchedMs);
		expect(across.length).toBeGreaterThanOrEqual(8);
		expect(new Set(across.map(({ color }) => color))).toEqual(new Set(["blue"]));
		expect(await drained()).toMatchObject({ outcome: "drained", remaining: { requests: 0, streams: 0 } });
		expect(up.text).toMatch(/draining blue: \d+ requests? in flight after/);
	});

	it("closes streams at the drain's deadline by a restart of their standby replicas: 1001, and the end of events", async () => {
		await shop.set("drain.timeout", "4s");
		const before = await ids("green-web");
		const { up, report, switchedMs } = await switchTo("blue", { streams: STREAMS });
		expect(report.streams).toHaveLength(10);
		for (const stream of report.streams) {
			expect(stream).toMatchObject({ color: "green", how: "clean" });
			expect((stream.endedAtMs ?? 0) - switchedMs).toBeGreaterThan(3_500);
		}
		const codes = report.streams.flatMap(({ kind, code }) => (kind === "webSocket" ? [code] : []));
		expect(codes).toEqual([1001, 1001, 1001, 1001, 1001]);
		expect(up.text).toContain("the drain of green timed out after 4.0 s with 10 streams in flight");
		expect(await drained()).toMatchObject({
			color: "green",
			outcome: "timed-out",
			remaining: { requests: 0, streams: 10 },
			streamsClosed: 10,
		});
		expect(await ids("green-web")).toEqual(before);
	});

	it("rolls back to the color whose streams were closed", async () => {
		const { report } = await switchTo("green");
		expect(report.byColor.green).toBeGreaterThan(0);
	});

	it("closes streams cleanly where the old color is removed, too", async () => {
		await shop.set("standby", "removed");
		const { up, report } = await switchTo("blue", { streams: STREAMS });
		expect(report.streams.map(({ how }) => how)).toEqual(Array.from({ length: 10 }, () => "clean"));
		expect(up.text).toContain("10 streams in flight");
		expect(await drained()).toMatchObject({ outcome: "timed-out", remaining: { streams: 10 } });
		await eventually("green is gone", 5_000, async () => Object.keys(await ids("green")).length === 0);
	});

	/** A release under load, in which nothing fails and nothing is answered by the wrong color once it is reported. */
	async function switchTo(
		color: "blue" | "green",
		load: Parameters<typeof underLoad>[2] = {},
	): Promise<{ up: UpOutcome; report: LoadReport; switchedMs: number }> {
		await shop.set("activeColor", color);
		const { value, report } = await underLoad(
			shop.url,
			async (running) => {
				const marks: Promise<number>[] = [];
				const up = await shop.up(() => marks.push(running.mark("switched")));
				return { up, switchedMs: (await Promise.all(marks)).at(-1) ?? Number.NaN };
			},
			load,
		);
		assertSucceeded(value.up);
		expect(report.failures).toEqual({});
		expect(report.connectionsOpened).toBe(CONNECTIONS);
		expect(value.switchedMs).toBeGreaterThan(0);
		expect(wrongColorAfter(report, value.switchedMs, color)).toEqual({ count: 0, first: [] });
		return { ...value, report };
	}

	async function drained(): Promise<unknown> {
		const { lastCutover } = await shop.outputs();
		return (lastCutover as { drain?: unknown }).drain;
	}

	async function ids(role: string): Promise<string[]> {
		const all = await engine.api.listContainers({ filters: { name: [shop.container(role)] } });
		return all.map(({ Id }) => Id).sort();
	}
});
