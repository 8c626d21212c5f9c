import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { firstFrom, lastFrom, readRecord, startLoad, summarize, windowStats } from "../../../scripts/load";
import { ok, startServer, type TestServer } from "./server";

let server: TestServer;
let folder: string;
let color = "blue";

beforeEach(async () => {
	color = "blue";
	server = await startServer((_, response) => ok(response, color));
	folder = mkdtempSync(join(tmpdir(), "load-test-"));
});
afterEach(async () => {
	await server.close();
	rmSync(folder, { recursive: true });
});

/** Busy-waits, so that nothing in this process can run. */
function blockThisProcess(ms: number): void {
	const until = performance.now() + ms;
	while (performance.now() < until);
}

describe("marks and colors", () => {
	test("marks are times of the load, and a switch of color is seen where it happened", async () => {
		const load = startLoad({
			url: server.url,
			ratePerSecond: 200,
			requests: [{ path: "/" }],
			maxSeconds: 30,
		});
		await load.ready;
		await sleep(500);
		color = "green";
		const switched = await load.mark("switched");
		await sleep(500);
		await load.mark("end");
		const report = await load.stop();

		expect(report.marks.map((mark) => mark.name)).toEqual(["switched", "end"]);
		expect(report.marks[0]?.atMs).toBe(switched);
		expect(report.byColor.blue).toBeGreaterThan(50);
		expect(report.byColor.green).toBeGreaterThan(50);
		const firstGreen = firstFrom(report, "green") ?? Number.NaN;
		expect(Math.abs(firstGreen - switched)).toBeLessThan(100);
		expect(lastFrom(report, "blue")).toBeLessThan(firstGreen + 100);
		expect(firstFrom(report, "red")).toBeUndefined();
		expect(windowStats(report, switched, switched + 400).requests).toBeGreaterThanOrEqual(79);
		expect(windowStats(report, switched, switched + 400).requests).toBeLessThanOrEqual(81);
		expect(report.startedAtMs + switched).toBeLessThanOrEqual(Date.now());
	});

	test("a mark on a load that has ended says so", async () => {
		const load = startLoad({ url: server.url, requests: [{ path: "/" }], maxSeconds: 0.1 });
		await load.ended;
		await expect(load.mark("late")).rejects.toThrow('"late" cannot be marked: the load has ended');
		expect((await load.stop()).endedBy).toBe("maxSeconds");
	});
});

describe("the process of its own", () => {
	test("a blocked caller does not delay the load", async () => {
		const helper = await serverProcess();
		try {
			const load = startLoad({
				url: helper.url,
				ratePerSecond: 200,
				requests: [{ path: "/" }],
				maxSeconds: 30,
			});
			await load.ready;
			blockThisProcess(1500);
			const report = await load.stop();
			expect(report.failed).toBe(0);
			expect(report.sent).toBeGreaterThanOrEqual(290);
			expect(report.longestGapWithoutSuccessMs).toBeLessThan(500);
		} finally {
			helper.process.kill();
		}
	});

	test("a caller that is killed loses nothing: the load ends and its record is whole", async () => {
		const file = join(folder, "record.jsonl");
		const caller = join(folder, "caller.ts");
		const load = resolve(__dirname, "../../../scripts/load");
		const options = { url: server.url, requests: [{ path: "/" }], maxSeconds: 60, recordFile: file };
		writeFileSync(
			caller,
			`import { startLoad } from ${JSON.stringify(load)}; startLoad(${JSON.stringify(options)});`,
		);
		const child = spawn(process.execPath, ["--require", tsx(), caller], { stdio: "inherit" });
		while (Object.keys(server.received).length === 0) await sleep(20);
		await sleep(500);
		child.kill("SIGKILL");
		while (readRecord(file).end === undefined) await sleep(50);

		const report = summarize(readRecord(file));
		expect(report).toMatchObject({ endedBy: "caller gone", failed: 0, sent: server.received["GET /"] });
		expect(report.sent).toBeGreaterThan(100);
	});

	test("a load process that dies is an error, never a good report", async () => {
		const load = startLoad({
			url: server.url,
			requests: [{ path: "/" }],
			maxSeconds: 60,
			// The record cannot be written there.
			recordFile: join(folder, "missing", "record.jsonl"),
		});
		await expect(load.ready).rejects.toThrow("succeeded before the load ended");
		await expect(load.stop()).rejects.toThrow(/The load process died: exit code [1-9][\s\S]*ENOENT/);
	});

	test("the record of a load that failed is kept", async () => {
		await server.close();
		const load = startLoad({ url: server.url, requests: [{ path: "/" }], maxSeconds: 0.2 });
		await expect(load.ready).rejects.toThrow("Last seen: ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:");
		expect((await load.stop()).failed).toBe(50);
		expect(existsSync(load.file)).toBe(true);
		rmSync(resolve(load.file, ".."), { recursive: true });
	});
});

function tsx(): string {
	return createRequire(__filename).resolve("tsx/cjs");
}

/** A server outside this process, which the test blocks. */
async function serverProcess(): Promise<{ process: ChildProcess; url: string }> {
	const code = `const s = require("http").createServer((q, r) => r.end("hi"));
		s.listen(0, "127.0.0.1", () => console.log(s.address().port)); process.stdin.resume().on("end", () => process.exit());`;
	const child = spawn(process.execPath, ["-e", code], { stdio: ["pipe", "pipe", "inherit"] });
	const port = await new Promise<string>((done) =>
		child.stdout?.once("data", (data) => done(String(data).trim())),
	);
	return { process: child, url: `http://127.0.0.1:${port}` };
}
