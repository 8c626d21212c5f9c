import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { availableIn, diskIn, peekHost } from "../../../components/runtime/host-facts";

const MEMINFO = "MemTotal:       8000000 kB\nMemFree:         100000 kB\nMemAvailable:   6000000 kB\n";
const DF = `Filesystem           1024-blocks    Used Available Capacity Mounted on
overlay               80000000  60000000  20000000  75% /
`;
const LOOKED = { stack: "shop/prod", proxy: "shop-prod-proxy", images: ["shop-web:1.0.0"] };
const INFO = { Architecture: "aarch64", MemTotal: 8_000_000_000, DockerRootDir: "/", DriverStatus: null };

/** Docker's answers by method and path without the query; a text is sent as one frame of standard output. */
let answers: Record<string, unknown>;
let asked: string[];
let folder: string;
let server: Server;

beforeEach(async () => {
	folder = mkdtempSync(path.join(tmpdir(), "doctor-engine-"));
	asked = [];
	answers = {
		"GET /info": { ...INFO, Name: hostname() },
		"GET /containers/json": [],
		"GET /images/shop-web%3A1.0.0/json": { Architecture: "arm64", Size: 123, Config: { Env: null } },
	};
	server = createServer((request, response) => {
		const what = `${request.method} ${request.url?.split("?")[0]}`;
		asked.push(what);
		const answer = answers[what];
		if (answer === "never") return;
		response.statusCode = answer === undefined ? 404 : what.endsWith("/exec") ? 201 : 200;
		response.end(
			typeof answer === "string" ? frame(answer) : JSON.stringify(answer ?? { message: "no such" }),
		);
	}).listen(path.join(folder, "docker.sock"));
	await once(server, "listening");
	vi.stubEnv("DOCKER_HOST", `unix://${folder}/docker.sock`);
});
afterEach(() => {
	vi.unstubAllEnvs();
	server.closeAllConnections();
	server.close();
	rmSync(folder, { recursive: true });
});

function frame(text: string): Buffer {
	const head = Buffer.alloc(8);
	head.writeUInt8(1, 0);
	head.writeUInt32BE(Buffer.byteLength(text), 4);
	return Buffer.concat([head, Buffer.from(text)]);
}

function answerInside(printed: string, exitCode = 0): void {
	answers["POST /containers/shop-prod-proxy/exec"] = { Id: "e1" };
	answers["POST /exec/e1/start"] = printed;
	answers["GET /exec/e1/json"] = { ExitCode: exitCode };
}

describe("an Engine on this machine", () => {
	test("is looked at without a process in the proxy", async () => {
		const { kernel, disk, memory, images, running } = await peekHost(LOOKED, 2_000);
		expect(kernel).toEqual({ known: "aarch64" });
		expect(images).toEqual({ "shop-web:1.0.0": { known: { architecture: "arm64", sizeBytes: 123 } } });
		expect(running).toEqual({ known: { present: [] } });
		const seen = "known" in disk ? disk.known : { freeBytes: 0, totalBytes: 0 };
		expect(seen.freeBytes).toBeGreaterThan(0);
		expect(seen.totalBytes).toBeGreaterThan(seen.freeBytes);
		const available = "known" in memory && "known" in memory.known.available && memory.known.available.known;
		const [, total] = /^MemTotal:\s+(\d+)/m.exec(readFileSync("/proc/meminfo", "utf8")) ?? [];
		expect(available).toBeGreaterThan(0);
		expect(available).toBeLessThan(Number(total) * 1024);
		expect(asked.sort()).toEqual(["GET /containers/json", "GET /images/shop-web%3A1.0.0/json", "GET /info"]);
	});

	test("has the disk that df shows", async () => {
		answers["GET /info"] = { ...INFO, Name: hostname(), DockerRootDir: tmpdir() };
		const { disk } = await peekHost(LOOKED, 2_000);
		const df = diskIn(execFileSync("df", ["-Pk", tmpdir()], { encoding: "utf8" }));
		const seen = "known" in disk ? disk.known : { freeBytes: 0, totalBytes: 0 };
		expect(seen.totalBytes).toBe(df.totalBytes);
		// Others write meanwhile.
		expect(Math.abs(seen.freeBytes - df.freeBytes)).toBeLessThan(1_000_000_000);
	});

	test("with containerd's images, which are elsewhere, is asked for its disk in the proxy", async () => {
		const DriverStatus = [["driver-type", "io.containerd.snapshotter.v1"]];
		answers["GET /info"] = { ...INFO, Name: hostname(), DriverStatus };
		answerInside(DF + MEMINFO);
		const { disk, memory } = await peekHost(LOOKED, 2_000);
		expect(disk).toEqual({ known: { freeBytes: 20_480_000_000, totalBytes: 81_920_000_000 } });
		// That one is read here.
		expect(memory).not.toMatchObject({ known: { available: { known: 6_144_000_000 } } });
	});
});

describe("an Engine on another machine", () => {
	beforeEach(() => {
		answers["GET /info"] = { ...INFO, Name: "shop.example.com" };
	});

	test("is asked in the proxy", async () => {
		answerInside(DF + MEMINFO);
		const { disk, memory } = await peekHost(LOOKED, 2_000);
		expect(disk).toEqual({ known: { freeBytes: 20_480_000_000, totalBytes: 81_920_000_000 } });
		expect(memory).toEqual({
			known: { totalBytes: 8_000_000_000, available: { known: 6_144_000_000 } },
		});
	});

	test("cannot be seen into where there is no proxy yet", async () => {
		const { disk, memory } = await peekHost(LOOKED, 2_000);
		const why =
			'only a process there sees it, and in shop-prod-proxy none could be run: Docker answered 404: {"message":"no such"}';
		expect(disk).toEqual({ why });
		expect(memory).toEqual({ known: { totalBytes: 8_000_000_000, available: { why } } });
	});

	test("cannot be seen into with a proxy that has no df", async () => {
		answerInside("", 127);
		const { disk } = await peekHost(LOOKED, 2_000);
		expect(disk).toEqual({ why: "df in shop-prod-proxy ended with exit code 127: " });
	});
});

test("an image that is not there is known not to be", async () => {
	const { images } = await peekHost({ ...LOOKED, images: ["registry.example.com/shop/web:2"] }, 2_000);
	expect(images).toEqual({ "registry.example.com/shop/web:2": { known: undefined } });
});

test("the official image of Caddy says its version", async () => {
	const Config = { Env: ["PATH=/bin", "CADDY_VERSION=v2.11.3"] };
	answers["GET /images/caddy/json"] = { Architecture: "arm64", Size: 1, Config };
	const { images } = await peekHost({ ...LOOKED, images: ["caddy"] }, 2_000);
	expect(images.caddy).toEqual({ known: { architecture: "arm64", sizeBytes: 1, caddyVersion: "v2.11.3" } });
});

test("an Engine that does not answer leaves nothing known, in the time that it has", async () => {
	for (const path of Object.keys(answers)) answers[path] = path === "GET /containers/json" ? [] : "never";
	const start = performance.now();
	const { kernel, disk, memory, images } = await peekHost(LOOKED, 300);
	expect(performance.now() - start).toBeLessThan(2_000);
	const why = "no answer from Docker within 300 ms";
	expect({ kernel, disk, memory, images }).toEqual({
		kernel: { why },
		disk: { why },
		memory: { why },
		images: { "shop-web:1.0.0": { why } },
	});
});

test("what cannot be read in the output of df or of the kernel is told of", () => {
	expect(() => diskIn("df: not found")).toThrow("df printed: df: not found");
	expect(() => availableIn("MemTotal: 1 kB")).toThrow("/proc/meminfo has no MemAvailable");
});
