import { afterEach, describe, expect, it } from "vitest";
import type { Observation } from "../../../../components/plan/observation";
import { Engine } from "../../../../components/runtime/docker/engine";
import { PUBLIC_WAY } from "../../../../components/runtime/look-first";
import { sleep } from "../../../../components/runtime/report";
import { type Lines, ProxyWatch } from "../../../../components/runtime/watch/watch";
import { lineOf, UPSTREAMS } from "./support/requests";

/** What the proxy has logged and nobody has read yet. */
class FakeLog implements Lines {
	private unread: string[] = [];
	broken: string | undefined;
	closed = false;

	write(count: number, fields: Record<string, unknown> = {}): void {
		for (let index = 0; index < count; index++) this.unread.push(lineOf(fields));
	}

	async toTheEnd(): Promise<void> {
		await this.take();
	}

	async take(): Promise<string[]> {
		if (this.broken !== undefined) throw new Error(this.broken);
		return this.unread.splice(0);
	}

	close(): void {
		this.closed = true;
	}
}

const BLUE = { color: "blue", upstream: "shop-blue-web-1:3000" };
const FAILED = { status: 500 };

let open: ProxyWatch | undefined;
afterEach(() => open?.close());

function watching(rest: Partial<Observation> = {}, limited = true) {
	const log = new FakeLog();
	const warnings: string[] = [];
	const watch = new ProxyWatch(
		new Engine(),
		log,
		"green",
		{
			everyMs: 1_000,
			windowMs: 60_000,
			...(limited && { limits: { minRequests: 100, maxErrorShare: 0.01, compareWithOld: false } }),
			routes: [],
			prometheus: [],
			probes: [],
			upstreams: UPSTREAMS,
			versions: { blue: "1.0.0", green: "2.0.0" },
			proxy: { container: "shop-proxy", id: "p1", url: "http://127.0.0.1:8080" },
			targets: [],
			timeoutMs: 1_000,
			way: PUBLIC_WAY,
			...rest,
		},
		{ info: () => {}, warn: (message) => warnings.push(message) },
	);
	open = watch;
	return { log, watch, warnings };
}

const PHASE = { name: "25 %", durationMs: 30_000 };

describe("a watch", () => {
	it("counts what passes in a phase, and nothing of before", async () => {
		const { log, watch } = watching();
		log.write(50, FAILED);
		watch.begin(PHASE);
		await sleep(1);
		log.write(3);
		log.write(2, BLUE);
		expect(await watch.verdict()).toBeUndefined();
		log.write(1, FAILED);
		expect(await watch.verdict()).toBeUndefined();
		// To 3 digits.
		expect(watch.figures()).toEqual({
			blue: { requests: 2, errors: 0, p50Ms: 4.001, p99Ms: 4.001 },
			green: { requests: 4, errors: 1, p50Ms: 4.001, p99Ms: 4.001 },
		});
		log.write(1);
		watch.begin({ ...PHASE, name: "50 %" });
		expect(watch.figures().green).toEqual({ requests: 0, errors: 0 });
	});

	it("tells of a breach at the next look", async () => {
		const { log, watch } = watching();
		watch.begin(PHASE);
		await sleep(1);
		log.write(90);
		log.write(30, { ...FAILED, path: "/api/products" });
		log.write(400, BLUE);
		const breach = await watch.verdict();
		expect(breach?.firstBadAtMs).toBe(1_795_262_400_123);
		expect(breach?.text.replace(/\d+\.\d s/, "… s")).toMatchInlineSnapshot(`
			"30 of its 120 requests failed, so at least 13 % do; maxErrorRate is 1 %
			  … s         requests      failed    p50    p99
			  green 2.0.0        120   30 (25 %)   4 ms   4 ms
			  blue 1.0.0         400           0   4 ms   4 ms
			  requests that failed:
			    12:00:00.123 GET /api/products 500 after 4 ms (shop-green-web-1:3000)
			    12:00:00.123 GET /api/products 500 after 4 ms (shop-green-web-1:3000)
			    12:00:00.123 GET /api/products 500 after 4 ms (shop-green-web-1:3000)
			    12:00:00.123 GET /api/products 500 after 4 ms (shop-green-web-1:3000)
			    12:00:00.123 GET /api/products 500 after 4 ms (shop-green-web-1:3000)"
		`);
	});

	it("finds a color that falls ill late, in the last looks", async () => {
		const { log, watch } = watching();
		watch.begin(PHASE);
		await sleep(1);
		log.write(100_000);
		for (let look = 0; look < 10; look++) {
			expect(await watch.verdict()).toBeUndefined();
			log.write(50, look < 7 ? {} : FAILED);
		}
		expect((await watch.verdict())?.text).toContain("150 of its 500 requests failed");
	});

	it("judges each route by itself, where it is asked to", async () => {
		const wellAndIll = async (routes: string[]) => {
			const { log, watch } = watching({ routes });
			watch.begin(PHASE);
			await sleep(1);
			log.write(9_900);
			log.write(100, { ...FAILED, path: "/api/pay" });
			return (await watch.verdict())?.text;
		};
		expect(await wellAndIll([])).toBeUndefined();
		expect(await wellAndIll(["/api", "/"])).toContain("under /api, 100 of its 100");
	});

	it("says when there were too few requests for a verdict", async () => {
		const { log, watch } = watching({
			limits: { minRequests: 100, maxErrorShare: 0.01, compareWithOld: true },
		});
		watch.begin(PHASE);
		await sleep(1);
		log.write(12, FAILED);
		log.write(99, BLUE);
		expect(await watch.verdict()).toBeUndefined();
		expect(watch.remark()).toBe(
			"green 2.0.0 had 12 requests, and below 100 (observe.minRequests) it is not judged; blue 1.0.0 had 99 requests, and below 100 (observe.minRequests) it is not compared with",
		);
	});

	it("takes a log that cannot be read for no breach, goes on when it can, and says so", async () => {
		const { log, watch } = watching();
		watch.begin(PHASE);
		await sleep(1);
		log.write(200);
		expect(await watch.verdict()).toBeUndefined();
		log.broken = "no such container";
		expect(await watch.verdict()).toBeUndefined();
		log.broken = undefined;
		log.write(200, FAILED);
		expect(await watch.verdict()).toBeUndefined();
		log.write(200, FAILED);
		expect((await watch.verdict())?.text).toContain("200 of its 400 requests failed");
		expect(watch.remark()).toBe("requests could not be counted, 1 times: no such container");
	});

	it("only counts where nothing is limited", async () => {
		const { log, watch } = watching({}, false);
		watch.begin(PHASE);
		await sleep(1);
		log.write(200, FAILED);
		expect(await watch.verdict()).toBeUndefined();
		expect(watch.figures().green).toMatchObject({ requests: 200, errors: 200 });
		expect(watch.remark()).toBeUndefined();
	});

	it("asks a probe beside it, with color, version and address", async () => {
		const command = ["sh", "-c", 'echo "$COLOR $VERSION $URL"; exit 3'];
		const { watch } = watching({ probes: [{ command, deadlineMs: 5_000 }] });
		watch.begin(PHASE);
		let breach: Awaited<ReturnType<typeof watch.verdict>>;
		for (let look = 0; look < 50 && breach === undefined; look++) {
			await sleep(50);
			breach = await watch.verdict();
		}
		expect(breach?.text).toMatch(/^the probe sh -c .* ended with exit code 3 after \d+ ms$/m);
		expect(breach?.text).toContain("    green 2.0.0 http://127.0.0.1:8080\n");
	});

	it("ends what reads along", () => {
		const { log, watch } = watching();
		watch.close();
		expect(log.closed).toBe(true);
	});
});
