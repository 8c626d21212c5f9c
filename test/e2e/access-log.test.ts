import { request } from "node:http";
import autocannon from "autocannon";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ACCESS_LOG } from "../../components/proxy/access-log";
import { switchValue, trialValue } from "../../components/proxy/switch-file";
import { PUBLIC_WAY } from "../../components/runtime/look-first";
import { sleep } from "../../components/runtime/report";
import { hold } from "../../components/runtime/trial";
import { LineReader, type Passed } from "../../components/runtime/watch/line";
import { LogReader } from "../../components/runtime/watch/log-reader";
import type { WatchPolicy } from "../../components/runtime/watch/policy";
import { Tally } from "../../components/runtime/watch/tally";
import { openWatch } from "../../components/runtime/watch/watch";
import { engine, inContainer } from "./support/docker";
import { LoggedProxy } from "./support/logged-proxy";

const VISIT = "0123456789abcdef".repeat(2);
const HALF = trialValue({ to: "green", percent: 50, visit: VISIT });
const ALL = trialValue({ to: "green", percent: 100, visit: VISIT });

/** What is counted of both colors is what really passed the proxy, to the last request. */
describe("the access log of a real Caddy", () => {
	let proxy: LoggedProxy;
	let log: LogReader;
	let reader: LineReader;

	beforeAll(async () => {
		// A new file begins after 1 MiB, so that a test sees many.
		proxy = await LoggedProxy.start("watch-log", (text) => text.replace("roll_size 8MiB", "roll_size 1MiB"));
		log = new LogReader(engine, proxy.container);
		reader = new LineReader(proxy.upstreams);
		await log.toTheEnd();
	});
	afterAll(async () => {
		log?.close();
		await proxy?.dispose();
	});

	/** What has been logged since the last time. */
	async function passed(): Promise<Passed[]> {
		return (await log.take()).flatMap((line) => reader.read(line) ?? []);
	}

	/** What a client gets that sends this once. */
	function ask(path: string, headers: Record<string, string> = {}, abortAfterMs?: number): Promise<number> {
		return new Promise((resolve) => {
			const sent = request(new URL(path, proxy.url), { headers, agent: false }, (answer) => {
				answer.resume();
				answer.on("error", () => resolve(0));
				answer.on("end", () => resolve(answer.statusCode ?? 0));
			});
			sent.on("upgrade", (answer, socket) => {
				socket.on("close", () => resolve(answer.statusCode ?? 0));
			});
			sent.on("error", () => resolve(0));
			sent.end();
			if (abortAfterMs !== undefined) setTimeout(() => sent.destroy(), abortAfterMs);
		});
	}

	it("has nothing of a release that is done", async () => {
		for (const color of ["blue", "green"] as const) {
			await proxy.switchTo(switchValue(color));
			const { "2xx": answered } = await autocannon({ url: proxy.url, amount: 100, connections: 5 });
			expect(answered).toBe(100);
		}
		expect(await log.take()).toEqual([]);
	});

	it("has each request of a trial, by color and status", async () => {
		await proxy.switchTo(HALF);
		const byColor: Record<string, number> = { blue: 0, green: 0 };
		const result = await autocannon({
			url: proxy.url,
			amount: 3_000,
			connections: 20,
			requests: ["/", "/status/404", "/status/500"].map((path) => ({
				method: "GET",
				path,
				onResponse: (_status: number, _body: string, _context: object, headers?: object) => {
					const color = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === "x-color")?.[1];
					byColor[color] = (byColor[color] ?? 0) + 1;
				},
			})),
		});
		expect([result["2xx"], result["4xx"], result["5xx"]]).toEqual([1_000, 1_000, 1_000]);
		const tallies = { blue: new Tally(), green: new Tally() };
		for (const one of await passed()) tallies[one.color].add(one);
		const { blue, green } = tallies;
		expect({ blue: blue.requests, green: green.requests }).toEqual(byColor);
		expect(blue.requests + green.requests).toBe(3_000);
		expect(green.requests).toBeGreaterThan(1_350);
		expect(green.requests).toBeLessThan(1_650);
		for (const digit of [2, 4, 5])
			expect((blue.classes[digit] ?? 0) + (green.classes[digit] ?? 0)).toBe(1_000);
		expect(blue.errors + green.errors).toBe(1_000);
		expect(blue.latencies.count + green.latencies.count).toBe(3_000);
	});

	it("has no query, no header, no cookie", async () => {
		const secret = "s3cr3t";
		await ask(`/status/200?token=${secret}`, {
			Cookie: `session=${secret}`,
			Authorization: `Bearer ${secret}`,
			"X-Forwarded-For": secret,
		});
		const [line = ""] = await log.take();
		expect(Object.keys(JSON.parse(line) as object).sort()).toEqual([
			"color",
			"duration",
			"level",
			"logger",
			"method",
			"msg",
			"path",
			"status",
			"ts",
			"upstream",
		]);
		expect(line).toContain('"/status/200"');
		expect(line).not.toContain(secret);
		expect(line.length).toBeLessThan(300);
	});

	it("tells answers from streams, from what was cut short, and from visitors who went away", async () => {
		await proxy.switchTo(ALL);
		expect(await ask("/events", { Accept: "text/event-stream" })).toBe(200);
		expect(await ask("/ws", { Connection: "Upgrade", Upgrade: "websocket" })).toBe(101);
		expect(await ask("/cut")).toBe(0);
		expect(await ask("/slow/1000", {}, 100)).toBe(0);
		await sleep(500);
		const seen = (await passed()).map(
			({ path, status, kind, color }) => `${color} ${path} ${status} ${kind}`,
		);
		expect(seen.sort()).toEqual([
			"green /cut 200 cut",
			"green /events 200 stream",
			"green /slow/1000 499 aborted",
			"green /ws 101 stream",
		]);
	});

	it("measures how long an answer took", async () => {
		await ask("/slow/300");
		const [slow] = await passed();
		expect(slow?.durationMs).toBeGreaterThan(299);
		expect(slow?.durationMs).toBeLessThan(600);
	});

	it("loses nothing and has nothing twice while Caddy begins one file after another, and keeps two at most", async () => {
		await proxy.switchTo(HALF);
		let [counted, reads] = [0, 0];
		let sending = true;
		const sent = autocannon({ url: proxy.url, amount: 30_000, connections: 50 }).finally(() => {
			sending = false;
		});
		while (sending) {
			counted += (await passed()).length;
			reads++;
			await sleep(100);
		}
		const { "2xx": answered } = await sent;
		counted += (await passed()).length;
		expect(answered).toBe(30_000);
		expect(counted).toBe(30_000);
		// 30,000 lines are more than 4 MiB.
		expect(reads).toBeGreaterThan(10);
		const sizes = await inContainer(
			proxy.container,
			"sh",
			"-c",
			`cd ${ACCESS_LOG.replace(/\/[^/]*$/, "")} && wc -c *`,
		);
		expect(sizes.trim().split("\n").length).toBeLessThanOrEqual(3);
		expect(Number(/(\d+) total/.exec(sizes)?.[1])).toBeLessThan(2 * 1_048_576 + 1_000);
	});

	it("lets all traffic go back within 2 s beyond the interval of the first bad request", async () => {
		await proxy.switchTo(HALF);
		const everyMs = 500;
		const policy: WatchPolicy = {
			everyMs,
			windowMs: 0,
			limits: { minRequests: 20, maxErrorShare: 0.01, compareWithOld: false },
			routes: [],
			prometheus: [],
			probes: [],
			upstreams: proxy.upstreams,
			versions: { blue: "1.0.0", green: "2.0.0" },
			proxy: { container: proxy.container, id: "", url: proxy.url },
			targets: [],
			timeoutMs: 1_000,
			way: PUBLIC_WAY,
		};
		const watch = await openWatch(engine, proxy.container, "green", policy, { info() {}, warn() {} });
		let [path, firstBadAt] = ["/", 0];
		const visitors = setInterval(() => void ask(path), 10);
		const falls = setTimeout(() => {
			path = "/status/500";
			firstBadAt = Date.now();
		}, 2_000);
		try {
			const phase = { name: "50 %", durationMs: 20_000 };
			watch.begin(phase);
			const breach = await hold({ to: "green", watch, report: { info() {}, warn() {} } }, phase);
			await proxy.switchTo(switchValue("blue"));
			const tookMs = Date.now() - firstBadAt;
			console.log(
				`all traffic was back ${tookMs} ms after the first bad request, judged every ${everyMs} ms`,
			);
			expect(firstBadAt).toBeGreaterThan(0);
			expect(breach?.text).toContain("maxErrorRate is 1 %");
			expect(Math.abs((breach?.firstBadAtMs ?? 0) - firstBadAt)).toBeLessThan(500);
			expect(tookMs).toBeLessThan(everyMs + 2_000);
		} finally {
			clearInterval(visitors);
			clearTimeout(falls);
			watch.close();
		}
	});

	it("counts what the other color has answered for that one", async () => {
		await proxy.switchTo(ALL);
		await engine.api.getContainer("watch-log-green").stop({ t: 0 });
		await log.toTheEnd();
		expect(await ask("/")).toBe(200);
		expect(await passed()).toMatchObject([{ color: "blue", lost: "green", status: 200, kind: "answered" }]);
	});

	it("counts what no replica answered as an error", async () => {
		await proxy.switchTo(ALL);
		for (const color of ["blue", "green"]) await engine.api.getContainer(`watch-log-${color}`).stop({ t: 0 });
		await log.toTheEnd();
		expect([502, 503, 504]).toContain(await ask("/"));
		const tally = new Tally();
		for (const one of await passed()) tally.add(one);
		expect(tally).toMatchObject({ requests: 1, errors: 1 });
	});
});
