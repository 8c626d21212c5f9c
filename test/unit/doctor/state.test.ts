import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { locksOf, pendingOperations } from "../../../scripts/doctor/gather/state";
import { installedPlugins, pulumiPackages } from "../../../scripts/doctor/gather/tools";
import { within } from "../../../scripts/doctor/gather/within";

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(path.join(tmpdir(), "doctor-state-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A CLI that answers as it is told: by its first two words. */
function stack(answers: Record<string, unknown>, name = "prod") {
	const cases = Object.entries(answers).map(
		([words, answer]) => `${words.replaceAll(" ", "\\ ")}*) cat <<'END'\n${JSON.stringify(answer)}\nEND\n;;`,
	);
	const lines = ["#!/bin/sh", 'case "$1 $2" in', ...cases, "*) echo no such answer >&2; exit 1;;", "esac"];
	writeFileSync(path.join(folder, "pulumi"), lines.join("\n"), { mode: 0o755 });
	return { project: "shop", name, env: { PATH: `${folder}:${process.env.PATH}` } };
}

const inFolder = () => ({ "whoami --json": { user: "ann", url: `file://${folder}` } });

function lock(pid: number, host: string, name = "prod"): void {
	const locks = path.join(folder, ".pulumi", "locks", "organization", "shop", name);
	mkdirSync(locks, { recursive: true });
	const content = { pid, username: "ann", hostname: host, timestamp: "2026-11-28T10:00:00Z" };
	writeFileSync(path.join(locks, `${pid}.json`), JSON.stringify(content));
}

const SINCE = Date.parse("2026-11-28T10:00:00Z");

/** Of a process that has ended. */
async function deadPid(): Promise<number> {
	const child = spawn("true");
	await once(child, "exit");
	return child.pid ?? 0;
}

describe("the locks of a backend in a folder", () => {
	test("are none where there never was one", async () => {
		expect(await locksOf(stack(inFolder()))).toEqual({ known: [] });
	});

	test("say whose they are, and whether that process runs", async () => {
		const dead = await deadPid();
		lock(process.pid, hostname());
		lock(dead, hostname());
		const found = await locksOf(stack(inFolder()));
		const of = (pid: number) => `process ${pid} of ann on ${hostname()}`;
		expect("known" in found && new Set(found.known)).toEqual(
			new Set([
				{ holder: of(process.pid), sinceMs: SINCE, alive: true },
				{ holder: of(dead), sinceMs: SINCE, alive: false },
			]),
		);
	});

	test("of another machine say nothing of their process, whatever runs here under its number", async () => {
		lock(process.pid, "build-7");
		expect(await locksOf(stack(inFolder()))).toEqual({
			known: [{ holder: `process ${process.pid} of ann on build-7`, sinceMs: SINCE }],
		});
	});

	test("of another stack are no concern", async () => {
		lock(1, hostname(), "staging");
		expect(await locksOf(stack(inFolder()))).toEqual({ known: [] });
	});
});

describe("the locks of another backend", () => {
	test("are what Pulumi's service tells", async () => {
		const whoami = { "whoami --json": { user: "ann", url: "https://app.pulumi.com/ann" } };
		const listed = (updateInProgress: boolean) => ({
			...whoami,
			"stack ls": [
				{ name: "acme/shop/staging", updateInProgress: true },
				{ name: "prod", updateInProgress },
			],
		});
		expect(await locksOf(stack(listed(true), "acme/shop/prod"))).toEqual({
			known: [{ holder: "an update that the backend tells of" }],
		});
		expect(await locksOf(stack(listed(false), "acme/shop/prod"))).toEqual({ known: [] });
	});

	test("cannot be seen in a bucket; what its address holds beside the kind is not shown", async () => {
		const url = "s3://state?accessKey=hush";
		const found = await locksOf(stack({ "whoami --json": { user: "ann", url } }));
		expect(found).toEqual({
			why: "only an `up` sees the locks of s3://…; one that was left behind goes with pulumi cancel",
		});
	});

	test("cannot be seen where the CLI fails", async () => {
		const found = await locksOf(stack({}));
		expect("why" in found && found.why).toContain("no such answer");
	});
});

describe("pending operations", () => {
	test("are those of the state", async () => {
		const urn = "urn:pulumi:prod::shop::docker:index/container:Container::shop-prod-green-web-1";
		const pending = [{ type: "creating", resource: { urn, inputs: { env: "hush" } } }];
		const exported = { version: 3, deployment: { pending_operations: pending } };
		expect(await pendingOperations(stack({ "stack export": exported }))).toEqual({
			known: [{ type: "creating", name: "shop-prod-green-web-1" }],
		});
	});

	test.for([
		{ version: 3, deployment: null },
		{ version: 3, deployment: {} },
	])("are none in %j", async (exported) => {
		expect(await pendingOperations(stack({ "stack export": exported }))).toEqual({ known: [] });
	});
});

test("the plugins are those that the CLI lists", async () => {
	const listed = [{ name: "docker", kind: "resource", version: "5.1.0", size: 1 }];
	expect(await installedPlugins(stack({ "plugin ls": listed }).env)).toEqual({ known: listed });
});

test("the packages are those of this project", async () => {
	const found = await pulumiPackages();
	const sdk = "known" in found ? found.known.find(({ name }) => name === "@pulumi/pulumi") : undefined;
	expect(sdk?.installed).toMatch(/^\d+\.\d+\.\d+$/);
	expect(sdk?.installed).toBe(sdk?.wanted);
});

describe("a question", () => {
	test("that is not answered in time is not known", async () => {
		expect(await within(50, new Promise(() => undefined))).toEqual({ why: "no answer within 50 ms" });
	});

	test("that is answered, or fails, in time", async () => {
		expect(await within(1_000, Promise.resolve(1))).toEqual({ known: 1 });
		expect(await within(1_000, Promise.reject(new Error("no")))).toEqual({ why: "no" });
	});
});
