import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import type { SwitchEntry } from "../../../components/runtime/switch-history/entry";
import { mergeHistory } from "../../../scripts/history/merge";
import { stillRuns } from "../../../scripts/history/processes";
import { renderHistory } from "../../../scripts/history/render";
import { type PulumiUpdate, readUpdates } from "../../../scripts/history/updates";
import { COLORED } from "../../../scripts/lib/paint";

const DAY = Date.parse("2026-11-21T00:00:00.000Z");
const MINUTE_MS = 60_000;

function entry(minute: number, changes: Partial<SwitchEntry> = {}): SwitchEntry {
	return {
		id: String(minute),
		startedAt: new Date(DAY + minute * MINUTE_MS + 10_500).toISOString(),
		who: "anna@laptop",
		process: { host: "laptop", pid: 1 },
		from: "blue",
		to: "green",
		versions: { blue: "1.0.0", green: "2.0.0" },
		outcome: "succeeded",
		durationMs: 4_200,
		...changes,
	};
}

function update(minute: number, changes: Partial<PulumiUpdate> = {}): PulumiUpdate {
	return {
		startedAtMs: DAY + minute * MINUTE_MS,
		endedAtMs: DAY + minute * MINUTE_MS + 20_000,
		succeeded: true,
		message: "the cart",
		commit: "0123456",
		dirty: false,
		activeColor: "green",
		versions: { blue: "1.0.0", green: "2.0.0" },
		...changes,
	};
}

const gone = () => undefined;

describe("what the host has noted and Pulumi's history", () => {
	test("are one list, newest first, where an `up` is found by its time", () => {
		const all = mergeHistory(
			[entry(1), entry(2)],
			[update(1, { version: 7 }), update(2, { version: 8 })],
			gone,
		);
		expect(all.map(({ startedAt, update: of }) => [startedAt.slice(11, 16), of?.version])).toEqual([
			["00:02", 8],
			["00:01", 7],
		]);
		expect(all[0]).not.toHaveProperty("process");
		expect(all[0]?.update).toEqual({ version: 8, message: "the cart", commit: "0123456", dirty: false });
	});

	test("have an attempt that failed before the gate, of which only Pulumi knows", () => {
		const updates = [
			update(1),
			update(2, { succeeded: false, activeColor: "blue", versions: { blue: "2.1.0" } }),
		];
		const [failed, ...others] = mergeHistory([entry(1)], updates, gone);
		expect(failed).toMatchObject({
			from: "green",
			to: "blue",
			versions: { blue: "2.1.0" },
			outcome: "failed",
			durationMs: 20_000,
		});
		expect(failed?.reason).toContain("before traffic could move");
		expect(others).toHaveLength(1);
	});

	test("have no line for an `up` that was not to move traffic", () => {
		const updates = [update(1), update(2), update(3, { succeeded: false })];
		expect(mergeHistory([entry(1)], updates, gone)).toHaveLength(1);
	});

	test("tell a switch that was interrupted from one that runs", () => {
		const begun = entry(3, { outcome: "begun" });
		const outcome = (entries: SwitchEntry[], updates: PulumiUpdate[], runs: boolean | undefined) =>
			mergeHistory(entries, updates, () => runs).find(({ startedAt }) => startedAt === begun.startedAt)
				?.outcome;
		expect(outcome([begun], [], true)).toBe("under way");
		expect(outcome([begun], [], false)).toBe("interrupted");
		expect(outcome([begun], [], undefined)).toBe("begun");
		expect(outcome([begun, entry(4)], [], true)).toBe("interrupted");
		expect(outcome([begun], [update(3)], true)).toBe("interrupted");
	});
});

describe("whether a switch still runs", () => {
	const own = { host: hostname(), pid: process.pid };
	const now = new Date().toISOString();

	test("is known of this machine's processes only", () => {
		expect(stillRuns(entry(1, { process: own, startedAt: now }))).toBe(true);
		expect(stillRuns(entry(1, { process: { ...own, pid: 2 ** 22 + 1 }, startedAt: now }))).toBe(false);
		expect(stillRuns(entry(1, { process: { host: "elsewhere", pid: 1 }, startedAt: now }))).toBeUndefined();
	});

	test("is denied after a day, when the number may be another process's", () => {
		expect(stillRuns(entry(1, { process: own, startedAt: "2026-01-01T00:00:00.000Z" }))).toBe(false);
	});
});

test("Pulumi's history is read for `up`s that have ended, oldest first, without their secrets", () => {
	const raw = [
		{
			version: 0,
			kind: "update",
			startTime: "2026-11-21T00:02:00.000Z",
			endTime: "2026-11-21T00:02:20.000Z",
			result: "failed",
			message: "the cart\n\nand more",
			environment: { "git.head": "0123456789", "git.dirty": "true" },
			config: {
				"shop:activeColor": { value: "blue", secret: false },
				"shop:colors": { value: "{}", objectValue: { blue: { version: 2 }, green: {} }, secret: false },
				"shop:secrets": { secret: true },
			},
		},
		{
			version: 3,
			kind: "refresh",
			startTime: "2026-11-21T00:01:30.000Z",
			endTime: "2026-11-21T00:01:31.000Z",
		},
		{
			version: 2,
			kind: "update",
			startTime: "2026-11-21T00:01:00.000Z",
			endTime: "2026-11-21T00:01:20.000Z",
			result: "succeeded",
		},
		{ version: 4, kind: "update", startTime: "2026-11-21T00:03:00.000Z" },
	];
	expect(readUpdates(JSON.stringify(raw), "shop")).toEqual([
		{
			version: 2,
			startedAtMs: DAY + MINUTE_MS,
			endedAtMs: DAY + MINUTE_MS + 20_000,
			succeeded: true,
			dirty: false,
			versions: {},
		},
		{
			startedAtMs: DAY + 2 * MINUTE_MS,
			endedAtMs: DAY + 2 * MINUTE_MS + 20_000,
			succeeded: false,
			message: "the cart",
			commit: "0123456",
			dirty: true,
			activeColor: "blue",
			versions: { blue: "2" },
		},
	]);
});

describe("the screen of npm run history", () => {
	const drain = {
		color: "blue",
		outcome: "timed-out",
		durationMs: 30_000,
		remaining: { requests: 0, streams: 10 },
		streamsClosed: 10,
	} as const;
	const all = mergeHistory(
		[
			entry(0, { from: undefined as never, to: "blue", versions: { blue: "1.0.0" } }),
			entry(1, { inFlightAtSwitch: { requests: 13, streams: 10 }, drain }),
			entry(2, { from: "green", to: "blue", rollback: true, durationMs: 250, who: "ben (GitHub Actions)" }),
			entry(3, {
				outcome: "moved-back",
				reason: "green 2.0.0 was given up at 25 %: 12 of 200 requests failed",
			}),
			entry(4, { outcome: "paused", share: 25 }),
			entry(5, { from: "shared", endedLater: true }),
		],
		[update(1, { version: 12, dirty: true })],
		gone,
	);

	test("is a table with what there is to say of each below it", () => {
		expect(renderHistory(all)).toBe(
			`
when (UTC)           switch                           outcome         took    who
2026-11-21 00:05:10  blue and green → green 2.0.0     succeeded       4.2 s   anna@laptop
  its \`up\` was interrupted; the next one found traffic moved, and verified it
2026-11-21 00:04:10  blue 1.0.0 → green 2.0.0         paused at 25 %  4.2 s   anna@laptop
2026-11-21 00:03:10  blue 1.0.0 → green 2.0.0         moved back      4.2 s   anna@laptop
  green 2.0.0 was given up at 25 %: 12 of 200 requests failed
2026-11-21 00:02:10  green 2.0.0 → blue 1.0.0 (back)  succeeded       250 ms  ben (GitHub Actions)
2026-11-21 00:01:10  blue 1.0.0 → green 2.0.0         succeeded       4.2 s   anna@laptop
  13 requests and 10 streams in flight on blue, timed out after 30.0 s, 10 streams left, 10 closed
  update 12 · commit 0123456 with changes · the cart
2026-11-21 00:00:10  blue 1.0.0                       succeeded       4.2 s   anna@laptop`.trimStart(),
		);
	});

	test("paints what went wrong, where it is painted", () => {
		const painted = renderHistory(all, COLORED).split("\n");
		expect(painted.filter((line) => line.startsWith("\u001b[31m"))).toEqual([
			expect.stringContaining("moved back"),
		]);
		expect(painted.filter((line) => line.startsWith("\u001b[33m"))).toEqual([
			expect.stringContaining("paused"),
		]);
	});

	test("says that there was nothing", () => {
		expect(renderHistory([])).toBe("Traffic has not been moved yet.");
	});
});
