import { readFile, statfs } from "node:fs/promises";
import { hostname } from "node:os";
import type { Disk, SeenImage, SeenImages } from "../doctor/disk";
import type { Fact } from "../doctor/finding";
import type { Memory, RunningMemory } from "../doctor/memory";
import { call, isHere } from "./docker/call";
import { peekContainers, peekRun } from "./docker/peek";
import { messageOf } from "./report";

/** What is quick to see of a Docker host, for every preview. */
export interface HostFacts {
	/** The kernel's word for the processor: "x86_64". */
	readonly kernel: Fact<string>;
	readonly disk: Fact<Disk>;
	readonly memory: Fact<Memory>;
	readonly images: SeenImages;
	readonly running: Fact<Pick<RunningMemory, "present">>;
}

/** The part of `docker info` that is read. */
interface Info {
	readonly Architecture: string;
	readonly MemTotal: number;
	readonly DockerRootDir: string;
	/** The host's name. */
	readonly Name: string;
	readonly DriverStatus: readonly (readonly [string, string])[] | null;
}

interface Looked {
	/** As on the label `blue-green.stack`. */
	readonly stack: string;
	/** Name of the proxy's container. */
	readonly proxy: string;
	readonly images: readonly string[];
}

/**
 * Never throws: what cannot be seen says why.
 *
 * Disk and memory are read here where the Engine is on this machine; measured 20 to 30 ms for all with an Engine that has much to do.
 * Of another machine they are asked in the proxy, whose root is a folder of Docker's and whose /proc is the host's:
 * no shell on the host is needed.
 *
 * @param timeoutMs Longest time for each answer.
 */
export async function peekHost({ stack, proxy, images }: Looked, timeoutMs: number): Promise<HostFacts> {
	const [info, running, ...seen] = await Promise.all([
		factOf(peekInfo(timeoutMs)),
		factOf(peekContainers(stack).then((all) => ({ present: all.map(({ name }) => name) }))),
		...images.map((image) => factOf(peekImage(image, timeoutMs))),
	]);
	const byName = Object.fromEntries(images.map((image, index) => [image, seen[index] as Fact<SeenImage>]));
	if ("why" in info) return { kernel: info, disk: info, memory: info, images: byName, running };
	const { disk, available } = await roomOf(info.known, proxy, timeoutMs);
	return {
		kernel: { known: info.known.Architecture },
		disk,
		memory: { known: { totalBytes: info.known.MemTotal, available } },
		images: byName,
		running,
	};
}

/** What came of it, or why nothing did. */
export async function factOf<T>(work: Promise<T>): Promise<Fact<T>> {
	try {
		return { known: await work };
	} catch (error) {
		return { why: messageOf(error) };
	}
}

async function peekInfo(timeoutMs: number): Promise<Info> {
	const { status, body } = await call("GET", "/info?", timeoutMs);
	if (status !== 200) throw new Error(`Docker answered ${status}: ${body.toString("utf8").trim()}`);
	return JSON.parse(body.toString("utf8")) as Info;
}

async function peekImage(image: string, timeoutMs: number): Promise<SeenImage | undefined> {
	const { status, body } = await call("GET", `/images/${encodeURIComponent(image)}/json?`, timeoutMs);
	if (status === 404) return undefined;
	if (status !== 200) throw new Error(`Docker answered ${status}: ${body.toString("utf8").trim()}`);
	const { Architecture, Size, Config } = JSON.parse(body.toString("utf8")) as {
		Architecture: string;
		Size: number;
		Config: { Env?: readonly string[] | null } | null;
	};
	const own = Config?.Env?.find((line) => line.startsWith(CADDY_VERSION));
	return {
		architecture: Architecture,
		sizeBytes: Size,
		...(own !== undefined && { caddyVersion: own.slice(CADDY_VERSION.length) }),
	};
}

/** The official image of Caddy has this variable. */
const CADDY_VERSION = "CADDY_VERSION=";

interface Room {
	readonly disk: Fact<Disk>;
	readonly available: Fact<number>;
}

async function roomOf(info: Info, proxy: string, timeoutMs: number): Promise<Room> {
	const onThisMachine = isHere() && info.Name === hostname();
	const here = onThisMachine ? await roomHere(info) : undefined;
	if (here !== undefined && "known" in here.disk && "known" in here.available) return here;
	const there = await roomInside(proxy, timeoutMs);
	if (here === undefined) return there;
	return {
		disk: "known" in here.disk ? here.disk : there.disk,
		available: "known" in here.available ? here.available : there.available,
	};
}

async function roomHere({ DockerRootDir, DriverStatus }: Info): Promise<Room> {
	// containerd keeps images in a folder of its own, which may be on another disk.
	const elsewhere = DriverStatus?.some(([, value]) => value.startsWith("io.containerd.snapshotter"));
	const disk = elsewhere ? { why: "containerd stores the images" } : await factOf(diskOf(DockerRootDir));
	return { disk, available: await factOf(readFile("/proc/meminfo", "utf8").then(availableIn)) };
}

async function diskOf(folder: string): Promise<Disk> {
	const { bavail, blocks, bsize } = await statfs(folder);
	return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** What a process in the proxy sees of the host. */
async function roomInside(proxy: string, timeoutMs: number): Promise<Room> {
	const printed = await factOf(peekRun(proxy, ["sh", "-c", "df -Pk / && cat /proc/meminfo"], timeoutMs));
	if ("why" in printed) {
		const why = `only a process there sees it, and in ${proxy} none could be run: ${printed.why}`;
		return { disk: { why }, available: { why } };
	}
	const { stdout, stderr, exitCode } = printed.known;
	if (exitCode !== 0) {
		const why = `df in ${proxy} ended with exit code ${exitCode}: ${stderr.trim()}`;
		return { disk: { why }, available: { why } };
	}
	return {
		disk: await factOf(Promise.resolve(stdout).then(diskIn)),
		available: await factOf(Promise.resolve(stdout).then(availableIn)),
	};
}

/** In the output of `df -Pk`: file system, blocks, used, available. @throws Error where it is not there. */
export function diskIn(printed: string): Disk {
	const [, total, , free] = /^(?:\S+)\s+(\d+)\s+(\d+)\s+(\d+)\s+\d+%/m.exec(printed) ?? [];
	if (total === undefined || free === undefined) throw new Error(`df printed: ${printed.slice(0, 200)}`);
	return { freeBytes: Number(free) * 1024, totalBytes: Number(total) * 1024 };
}

/** MemAvailable in bytes, in the text of /proc/meminfo. @throws Error where it is not there. */
export function availableIn(printed: string): number {
	const found = /^MemAvailable:\s+(\d+) kB$/m.exec(printed)?.[1];
	if (found === undefined) throw new Error("/proc/meminfo has no MemAvailable");
	return Number(found) * 1024;
}
