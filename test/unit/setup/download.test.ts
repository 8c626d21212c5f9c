import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Problem } from "../../../scripts/lib/problem";
import { archiveName, checksumOf, downloadCli, Unreachable } from "../../../scripts/set-up/pulumi/download";

const version = "9.8.7";
const archive = archiveName(version);
let folder: string;
let server: Server | undefined;

beforeEach(() => {
	folder = mkdtempSync(path.join(tmpdir(), "download-test-"));
});

afterEach(() => {
	server?.closeAllConnections();
	server?.close();
	server = undefined;
	rmSync(folder, { recursive: true });
});

/** A release as Pulumi publishes it: an archive whose files are in a folder `pulumi`. */
function release(): Buffer {
	mkdirSync(path.join(folder, "release/pulumi"), { recursive: true });
	writeFileSync(path.join(folder, "release/pulumi/pulumi"), `#!/bin/sh\necho v${version}\n`, { mode: 0o755 });
	execFileSync("tar", ["-czf", "release.tar.gz", "-C", "release", "pulumi"], { cwd: folder });
	return readFileSync(path.join(folder, "release.tar.gz"));
}

function sha256(content: Buffer): string {
	return createHash("sha256").update(content).digest("hex");
}

async function serve(listener: RequestListener): Promise<string> {
	const listening = createServer(listener);
	server = listening;
	await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
	return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/sdk`;
}

/** Serves a release with the checksum that it is given. */
function serveRelease(content: Buffer, checksum: string): Promise<string> {
	const files: Record<string, Buffer | string> = {
		[`/sdk/pulumi-${version}-checksums.txt`]: `${"0".repeat(64)}  pulumi-v${version}-other.tar.gz\n${checksum}  ${archive}\n`,
		[`/sdk/${archive}`]: content,
	};
	return serve((request, response) => {
		const file = files[request.url ?? ""];
		if (file === undefined) response.writeHead(404);
		response.end(file);
	});
}

function download(url: string, connectMs = 2_000): Promise<void> {
	return downloadCli({ version, bin: path.join(folder, "cli/bin"), report: () => {}, url, connectMs });
}

describe("downloadCli", () => {
	it("unpacks an archive that has the published checksum", async () => {
		const content = release();
		await download(await serveRelease(content, sha256(content)));
		expect(execFileSync(path.join(folder, "cli/bin/pulumi"), { encoding: "utf8" })).toBe(`v${version}\n`);
		expect(existsSync(path.join(folder, "cli/bin.tar.gz"))).toBe(false);
	});

	it("refuses one that has another, with both, and leaves nothing", async () => {
		const content = release();
		const url = await serveRelease(Buffer.concat([content, Buffer.from("x")]), sha256(content));
		const error = await download(url).catch((caught: unknown) => caught);
		expect(error).toBeInstanceOf(Problem);
		expect((error as Error).message).toContain(sha256(content));
		expect((error as Error).message).toContain(sha256(Buffer.concat([content, Buffer.from("x")])));
		expect((error as Error).message).toContain("is not what Pulumi published, so it was not used");
		expect(existsSync(path.join(folder, "cli/bin"))).toBe(false);
		expect(existsSync(path.join(folder, "cli/bin.tar.gz"))).toBe(false);
	});

	it("says that a server that refuses connections cannot be reached", async () => {
		const url = await serve(() => {});
		await new Promise((resolve) => server?.close(resolve));
		await expect(download(url)).rejects.toThrow(Unreachable);
		await expect(download(url)).rejects.toThrow(/cannot be reached: connect ECONNREFUSED/);
	});

	it("gives a server that says nothing up after the time to connect", async () => {
		const url = await serve(() => {});
		const started = Date.now();
		await expect(download(url, 300)).rejects.toThrow("cannot be reached: no answer within 300 ms");
		expect(Date.now() - started).toBeLessThan(2_000);
	});

	it("is not to be had where the release is not there", async () => {
		const url = await serve((_request, response) => response.writeHead(404).end());
		await expect(download(url)).rejects.toThrow(`pulumi-${version}-checksums.txt answered 404`);
	});

	it("is not to be had for a platform that the checksums do not name", async () => {
		const url = await serve((_request, response) =>
			response.end(`${"0".repeat(64)}  pulumi-v${version}-plan9.tar.gz\n`),
		);
		await expect(download(url)).rejects.toThrow(`the published checksums do not name ${archive}`);
	});

	it("notices a download that breaks off", async () => {
		const content = release();
		const url = await serve((request, response) => {
			if (request.url?.endsWith("checksums.txt")) return response.end(`${sha256(content)}  ${archive}\n`);
			response.writeHead(200, { "content-length": content.length });
			response.write(content.subarray(0, 20), () => response.destroy());
		});
		await expect(download(url)).rejects.toThrow(/the download broke off after/);
	});
});

describe("checksumOf", () => {
	const sum = "A".repeat(64);

	it("takes the line of the name, in both formats of sha256sum", () => {
		expect(checksumOf(`${"b".repeat(64)}  other\n${sum}  name\n`, "name")).toBe("a".repeat(64));
		expect(checksumOf(`${sum} *name\r\n`, "name")).toBe("a".repeat(64));
	});

	it("takes no other name and nothing that is no SHA-256", () => {
		expect(checksumOf(`${sum}  name.sig\n`, "name")).toBeUndefined();
		expect(checksumOf("abc  name\n", "name")).toBeUndefined();
	});
});
