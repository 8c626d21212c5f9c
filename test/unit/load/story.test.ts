import { describe, expect, test } from "vitest";
import { type Story, tell } from "../../../scripts/demo/story";
import { nextCommands } from "../../../scripts/demo/words";
import { summarize } from "../../../scripts/load";
import type { Sample } from "../../../scripts/load/record";

const startedAtMs = new Date(2026, 0, 2, 14, 0, 0).getTime();

/** Ten seconds at 100/s: blue for six seconds in 2 ms, then green in 3 ms. */
function story(change: (sample: Sample) => Sample = (sample) => sample): Story {
	const samples = Array.from({ length: 1000 }, (_, index): Sample => {
		const green = index >= 600;
		const color = green ? "green" : "blue";
		const latencyUs = green ? 3000 : 2000;
		return change({ startMs: index * 10, latencyUs, lagUs: 400, template: index % 2, status: 200, color });
	});
	const report = summarize({
		header: { startedAtMs, ratePerSecond: 100, templates: ["GET /", "POST /api/orders"] },
		samples,
		marks: [],
		streams: [],
		end: { by: "stop", scheduleMs: 10_000, connectionsOpened: 50, connectionsReopened: 0 },
	});
	const cutover = {
		from: "blue" as const,
		to: "green" as const,
		toVersion: "2.0.0",
		configHash: "0123456789ab",
		startedAt: new Date(startedAtMs + 4500).toISOString(),
		stages: [
			{ name: "gate", durationMs: 1500 },
			{ name: "switch", durationMs: 42 },
		],
		inFlightAtSwitch: { requests: 3, streams: 1 },
		drain: {
			color: "blue" as const,
			outcome: "timed-out" as const,
			durationMs: 310,
			remaining: { requests: 0, streams: 1 },
			streamsClosed: 1,
		},
	};
	return {
		report,
		from: "blue",
		to: "green",
		releaseBeganMs: 1000,
		upBeganMs: 3000,
		upEndedMs: 8000,
		cutover,
	};
}

test("tells each stage with its time, and the requests before, during and after", () => {
	expect(tell(story())).toBe(`Cutover from blue to green, begun at 14:00:04.500
  gate                   1.5 s
  switch                 42 ms
  in flight on blue at the switch: 3 requests and 1 stream
  drain: timed-out after 310 ms, 1 stream remained, 1 stream closed

Requests                              sent    failed       p50       p99
  before the release                   100         0    2.0 ms    2.0 ms
  pulumi preview                       200         0    2.0 ms    2.0 ms
  pulumi up                            500         0    2.0 ms    3.0 ms
  the second around the cutover        100         0    3.0 ms    3.0 ms
  after the release                    200         0    3.0 ms    3.0 ms
  all                                1,000         0    2.0 ms    3.0 ms

  first answer from green at 14:00:06.003, last from blue at 14:00:05.992
  longest time without a success: 11 ms
  500 GET /, 500 POST /api/orders, over 50 connections
  latency counts from when a request was due; up to 0.4 ms of it (p99) is the client's own

requests sent: 1,000
failed: 0`);
});

describe("when something went wrong", () => {
	test("failures are shown by kind, with the first few", () => {
		const broken = story((sample) =>
			sample.startMs >= 6000 && sample.startMs < 6100
				? { ...sample, kind: "ECONNRESET", detail: "socket hang up", status: 0, color: "" }
				: sample,
		);
		const text = tell(broken);
		expect(text).toContain(
			"failed: 10\n\nFailures by kind\n  ECONNRESET: 10\n    14:00:06.000  GET /: socket hang up\n",
		);
		expect(text.match(/socket hang up/g)).toHaveLength(5);
		expect(text).toMatch(/the second around the cutover +100 +10 /);
	});

	test("a color that never answered is said to be missing, not shown as zero", () => {
		const stuck = story((sample) => ({ ...sample, color: "blue" }));
		expect(tell(stuck)).toContain("first answer from green at never, last from blue at 14:00:09.993");
		expect(tell(stuck)).toMatch(/the second around the cutover +0 +0 +– +–/);
	});
});

test("the next commands fit what is active", () => {
	const text = nextCommands({
		url: "http://127.0.0.1:8080",
		activeColor: "green",
		activeVersion: "2.0.0",
		standbyColor: "blue",
		standbyVersion: "1.0.0",
	});
	expect(text).toContain("pulumi config set activeColor blue && pulumi up");
	expect(text).toContain("rollback to blue 1.0.0");
	expect(text).toContain("pulumi config set --path colors.blue.version 2.0.0 && pulumi up");
	expect(text).toContain('eval "$(scripts/env)"');
	expect(text).toContain("npm run demo -- --down");
});
