import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
	firstFrom,
	lastFrom,
	readRecord,
	startLoad,
	summarize,
	windowStats,
	wrongColorAfter,
} from "../../../scripts/load";
import { checkOptions, isLoopbackUrl, type LoadOptions, mixOrder } from "../../../scripts/load/options";
import { type LoadRecord, RecordWriter, type Sample } from "../../../scripts/load/record";
import { percentile } from "../../../scripts/load/report";

function sample(startMs: number, latencyMs: number, more: Partial<Sample> = {}): Sample {
	return {
		startMs,
		latencyUs: latencyMs * 1000,
		lagUs: 100,
		template: 0,
		status: 200,
		color: "blue",
		...more,
	};
}

const record: LoadRecord = {
	header: { startedAtMs: 1_700_000_000_000, ratePerSecond: 4, templates: ["GET /", "POST /api/orders"] },
	samples: [
		sample(0, 10),
		sample(250, 20),
		sample(500, 30, { template: 1, kind: "502", detail: "status 502, not 200", status: 502, color: "" }),
		sample(750, 40),
		sample(1000, 1, { color: "green" }),
		sample(1250, 2, { color: "green" }),
		sample(1500, 900, { color: "green" }),
		sample(1750, 4, { color: "green", lagUs: 900 }),
	],
	marks: [{ name: "switch", atMs: 900 }],
	streams: [{ kind: "webSocket", color: "blue", openedAtMs: 5, endedAtMs: 950, how: "clean", code: 1001 }],
	end: { by: "stop", scheduleMs: 2000, connectionsOpened: 3, connectionsReopened: 1 },
};

describe("report", () => {
	const report = summarize(record);

	test("counts, percentiles and failures are those of the samples", () => {
		expect(report).toMatchObject({
			sent: 8,
			failed: 1,
			durationMs: 2000,
			ratePerSecond: 4,
			byRequest: { "GET /": 7, "POST /api/orders": 1 },
			byColor: { blue: 3, none: 1, green: 4 },
			p50Ms: 10,
			p99Ms: 900,
			maxMs: 900,
			clientLagP99Ms: 0.9,
			marks: [{ name: "switch", atMs: 900 }],
		});
		expect(report.failures).toEqual({
			502: { count: 1, first: [{ atMs: 500, request: "POST /api/orders", detail: "status 502, not 200" }] },
		});
	});

	test("by second", () => {
		expect(report.seconds).toEqual([
			{ second: 0, requests: 4, failed: 1, p50Ms: 20, p99Ms: 40, byColor: { blue: 3, none: 1 } },
			{ second: 1, requests: 4, failed: 0, p50Ms: 2, p99Ms: 900, byColor: { green: 4 } },
		]);
	});

	test("a second in which nothing was due is there, empty", () => {
		const sparse = summarize({ ...record, samples: [sample(0, 1), sample(2500, 1)] });
		expect(sparse.seconds.map((bucket) => bucket.requests)).toEqual([1, 0, 1]);
	});

	test("windows hold what was due at or after their beginning and before their end", () => {
		expect(windowStats(report, 250, 750)).toEqual({ requests: 2, failed: 1, p50Ms: 20, p99Ms: 30 });
		expect(windowStats(report, 5000, 6000)).toMatchObject({ requests: 0, failed: 0, p50Ms: Number.NaN });
	});

	test("first and last answers by color are times of arrival, not of the request", () => {
		expect(firstFrom(report, "green")).toBe(1001);
		expect(lastFrom(report, "green")).toBe(2400);
		expect(lastFrom(report, "blue")).toBe(790);
		expect(firstFrom(report, "red")).toBeUndefined();
	});

	test("the longest gap is between successes, the beginning and the end included", () => {
		// 1252 (second green) to 1754 (fourth green).
		expect(summarize({ ...record, samples: record.samples.slice(0, 6) }).longestGapWithoutSuccessMs).toBe(
			748,
		);
		// 1754 to 2400: the third green answer came last.
		expect(report.longestGapWithoutSuccessMs).toBe(646);
		expect(summarize({ ...record, samples: [] }).longestGapWithoutSuccessMs).toBe(2000);
	});

	test("a wrong color is told by when a request was sent, not when it was due", () => {
		const late = summarize({
			...record,
			samples: [
				sample(800, 10),
				// Handed out late by the client, and after that kept waiting for a connection: both count.
				sample(899, 20, { lagUs: 1500 }),
				sample(890, 30, { lagUs: 500, waitUs: 11_000, template: 1 }),
				sample(898, 10, { lagUs: 2000 }),
				sample(901, 10, { color: "green" }),
				sample(902, 10, { color: "" }),
				sample(903, 10, { color: "", status: 502, kind: "502", detail: "status 502, not 200" }),
				sample(904, 10, { color: "blue", status: 500, kind: "500", detail: "status 500, not 200" }),
			],
		});
		expect(wrongColorAfter(late, 900, "green")).toEqual({
			count: 4,
			first: [
				{ sentMs: 900.5, request: "GET /", color: "blue" },
				{ sentMs: 901.5, request: "POST /api/orders", color: "blue" },
				{ sentMs: 902.1, request: "GET /", color: "none" },
				{ sentMs: 904.1, request: "GET /", color: "blue" },
			],
		});
		expect(wrongColorAfter(late, 905, "green")).toEqual({ count: 0, first: [] });
		const many = summarize({ ...record, samples: Array.from({ length: 9 }, (_, at) => sample(at, 1)) });
		expect(wrongColorAfter(many, 1, "green")).toMatchObject({ count: 8, first: { length: 5 } });
	});

	test("requests with a rate of their own are counted, and keep out of the latencies of the mix", () => {
		const slow = sample(100, 10_000, { template: 2, ownRate: true });
		const mixed = summarize({
			...record,
			header: { ...record.header, templates: [...record.header.templates, "GET /slow"], ownRate: [2] },
			samples: [...record.samples, slow, { ...slow, startMs: 1100, kind: "timeout", detail: "no answer" }],
		});
		expect(mixed).toMatchObject({ sent: 10, failed: 2, ratePerSecond: 4, p99Ms: 900, maxMs: 900 });
		expect(mixed.byRequest).toEqual({ "GET /": 7, "POST /api/orders": 1, "GET /slow": 2 });
		expect(mixed.latencyByRequest["GET /slow"]).toEqual({ p50Ms: 10_000, p99Ms: 10_000, maxMs: 10_000 });
		expect(mixed.latencyByRequest["POST /api/orders"]).toEqual({ p50Ms: 30, p99Ms: 30, maxMs: 30 });
		expect(mixed.seconds[1]).toMatchObject({ requests: 5, failed: 1, p99Ms: 900 });
		expect(windowStats(mixed, 0, 1000)).toEqual({ requests: 5, failed: 1, p50Ms: 20, p99Ms: 40 });
	});

	test("a record without its end is that of a crash", () => {
		const { end: _, ...cut } = record;
		expect(summarize(cut)).toMatchObject({ endedBy: "crash", sent: 8, durationMs: 1750 });
	});
});

test("percentile is the nearest rank", () => {
	const values = Array.from({ length: 200 }, (_, index) => index + 1);
	expect([50, 99, 99.9, 100].map((p) => percentile(values, p))).toEqual([100, 198, 200, 200]);
	expect(percentile([], 50)).toBeNaN();
	fc.assert(
		fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.integer({ min: 1, max: 100 }), (list, p) => {
			const sorted = list.toSorted((a, b) => a - b);
			const value = percentile(sorted, p);
			expect(sorted.filter((other) => other <= value).length / sorted.length).toBeGreaterThanOrEqual(p / 100);
			expect(sorted.filter((other) => other < value).length / sorted.length).toBeLessThan(p / 100);
		}),
	);
});

test("the mix uses each template as often as its weight, and spreads it", () => {
	expect(mixOrder([1])).toEqual([0]);
	expect(mixOrder([3, 1])).toEqual([0, 0, 1, 0]);
	expect(mixOrder([0, 2, 0, 1])).toEqual([1, 3, 1]);
	expect(mixOrder([0])).toEqual([]);
	fc.assert(
		fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }), (weights) => {
			const order = mixOrder(weights);
			expect(weights.map((_, index) => order.filter((used) => used === index).length)).toEqual(weights);
		}),
	);
});

describe("the record file", () => {
	const folder = mkdtempSync(join(tmpdir(), "load-record-"));
	const file = join(folder, "record.jsonl");

	test("reads back what was written, and a last line cut short is ignored", () => {
		const header = { ...record.header, templates: [...record.header.templates, "GET /slow"], ownRate: [2] };
		const samples = [...record.samples, sample(1800, 9, { template: 2, ownRate: true, waitUs: 40 })];
		const whole = { ...record, header, samples };
		const writer = new RecordWriter(file, header);
		for (const one of samples) writer.sample(one);
		for (const mark of record.marks) writer.mark(mark);
		for (const stream of record.streams) writer.stream(stream);
		writer.close(record.end as NonNullable<typeof record.end>);
		expect(readRecord(file)).toEqual(whole);

		const text = readFileSync(file, "utf8");
		writeFileSync(file, text.slice(0, -5));
		const { end: _, ...cut } = whole;
		expect(readRecord(file)).toEqual(cut);
		writeFileSync(file, "[1,2]\n");
		expect(() => readRecord(file)).toThrow("is not the record of a load");
		rmSync(folder, { recursive: true });
	});
});

describe("options", () => {
	test("only this machine can be a target", () => {
		const good = [
			"http://127.0.0.1:8080",
			"http://127.9.9.9",
			"http://localhost:1/x",
			"http://[::1]:80",
			"https://127.0.0.1",
		];
		const bad = [
			"http://example.com",
			"http://10.0.0.1",
			"http://127.0.0.1.example.com",
			"http://localhost.example.com",
			"http://user@192.168.0.1",
			"http://0.0.0.0",
			"https://example.com",
			"ftp://127.0.0.1",
			"http://[::ffff:10.0.0.1]",
			"nonsense",
		];
		expect(good.filter((url) => !isLoopbackUrl(url))).toEqual([]);
		expect(bad.filter(isLoopbackUrl)).toEqual([]);
		expect(() => startLoad({ url: "http://10.0.0.1", requests: [{ path: "/" }], maxSeconds: 1 })).toThrow(
			"The load cannot start:\n  url: must be http:// or https:// on this machine (127.0.0.1, [::1] or localhost), not http://10.0.0.1",
		);
	});

	test("all problems at once, and the bounds hold", () => {
		const problems = () =>
			checkOptions({ url: "http://127.0.0.1", ratePerSecond: 5000, maxSeconds: 4000, requests: [] });
		expect(problems).toThrow(/ratePerSecond[^\n]*2000\n[^\n]*requests[^\n]*\n[^\n]*maxSeconds[^\n]*3600/);
		expect(() => checkOptions({ url: "http://127.0.0.1", maxSeconds: 1, requests: [{ path: "x" }] })).toThrow(
			"requests.0.path: must begin with /",
		);
		expect(checkOptions({ url: "http://127.0.0.1", maxSeconds: 1, requests: [{ path: "/" }] })).toMatchObject(
			{
				ratePerSecond: 250,
				connections: 50,
				timeoutMs: 10_000,
				requests: [{ method: "GET", expect: 200, weight: 1 }],
				streams: { webSockets: 0, eventStreams: 0, reconnect: false },
			},
		);
	});

	test("options that exclude each other", () => {
		const upload = { bytes: 10 };
		const check = (...requests: LoadOptions["requests"]) =>
			checkOptions({ url: "http://127.0.0.1", maxSeconds: 1, requests });
		expect(() =>
			check(
				{ path: "/", upload, body: {} },
				{ path: "/", upload, method: "GET" },
				{ path: "/", everyMs: 100, weight: 2 },
				{ path: "/", connections: 2 },
			),
		).toThrow(
			`The load cannot start:
  requests.0.upload: only one of body and upload can be given
  requests.1.upload: cannot be sent with GET; use POST or PUT
  requests.2.everyMs: only one of everyMs and weight can be given
  requests.3.connections: is for a template with everyMs; the mix shares the load's connections`,
		);
		expect(check({ path: "/", upload }, { path: "/", everyMs: 100 }).requests).toMatchObject([
			{ method: "POST", weight: 1 },
			{ method: "GET", weight: 0, connections: 4 },
		]);
	});
});
