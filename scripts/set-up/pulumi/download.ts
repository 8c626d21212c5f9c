import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Problem } from "../../lib/problem";
import { run } from "../../lib/run";
import type { Report } from "../paths";

/** Where the official releases are, unless PULUMI_DOWNLOAD_URL names a mirror of them. */
export const officialUrl = "https://get.pulumi.com/releases/sdk";

/** The official release cannot be had here, which another way of getting Pulumi can mend. */
export class Unreachable extends Error {}

export interface DownloadOptions {
	version: string;
	/** The folder that the CLI's files go to; it is made. */
	bin: string;
	report: Report;
	/** Default: PULUMI_DOWNLOAD_URL, else `officialUrl`. */
	url?: string;
	/** How long a connection may take until the first byte. Default: 5 s, so that a closed network is noticed soon. */
	connectMs?: number;
	/** How long the whole download may take. Default: 10 minutes. */
	deadlineMs?: number;
}

/**
 * Downloads the official CLI with its language hosts and unpacks it, after comparing its SHA-256 with the published one.
 *
 * @throws Unreachable when there is no release to be had; Problem when what came is not what was published.
 */
export async function downloadCli(options: DownloadOptions): Promise<void> {
	const { version, bin, report, connectMs = 5_000, deadlineMs = 600_000 } = options;
	const url = (options.url ?? process.env.PULUMI_DOWNLOAD_URL ?? officialUrl).replace(/\/$/, "");
	const archive = archiveName(version);
	const checksums = await (await get(`${url}/pulumi-${version}-checksums.txt`, connectMs, deadlineMs)).text();
	const expected = checksumOf(checksums, archive);
	if (!expected) throw new Unreachable(`the published checksums do not name ${archive}`);
	report(`downloading ${url}/${archive}`);
	const response = await get(`${url}/${archive}`, connectMs, deadlineMs);
	const file = `${bin}.tar.gz`;
	const actual = await save(response, file, report);
	if (actual !== expected) {
		await rm(file, { force: true });
		throw new Problem(
			`${url}/${archive} is not what Pulumi published, so it was not used: its SHA-256 is\n  ${actual}, but should be\n  ${expected}.\n` +
				"Something between here and there changes downloads. Try another network, or install Pulumi yourself: https://www.pulumi.com/docs/install/",
		);
	}
	await mkdir(bin, { recursive: true });
	await run("tar", ["-xzf", file, "-C", bin, "--strip-components=1"], { what: `Unpacking ${archive}` });
	await rm(file);
}

/** @returns the name of this machine's archive, such as "pulumi-v3.256.0-linux-x64.tar.gz". */
export function archiveName(version: string): string {
	return `pulumi-v${version}-${process.platform}-${process.arch}.tar.gz`;
}

/** @returns the SHA-256 that a list in the format of sha256sum gives for a file name, in lower case. */
export function checksumOf(list: string, name: string): string | undefined {
	for (const line of list.split("\n")) {
		const match = /^([0-9a-f]{64})\s+\*?(.+)$/i.exec(line.trim());
		if (match?.[2] === name) return match[1]?.toLowerCase();
	}
	return undefined;
}

async function get(url: string, connectMs: number, deadlineMs: number): Promise<Response> {
	const abort = new AbortController();
	const slow = setTimeout(() => abort.abort(), connectMs);
	try {
		const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(deadlineMs)]);
		const response = await fetch(url, { signal });
		if (!response.ok) throw new Unreachable(`${url} answered ${response.status}`);
		return response;
	} catch (error) {
		if (error instanceof Unreachable) throw error;
		const reason = abort.signal.aborted ? `no answer within ${connectMs} ms` : reasonOf(error);
		throw new Unreachable(`${url} cannot be reached: ${reason}`);
	} finally {
		clearTimeout(slow);
	}
}

/** @returns the SHA-256 of what was written. */
async function save(response: Response, file: string, report: Report): Promise<string> {
	const hash = createHash("sha256");
	const total = Number(response.headers.get("content-length") ?? 0);
	let received = 0;
	let reported = Date.now();
	const watch = new Transform({
		transform(chunk: Buffer, _encoding, done) {
			hash.update(chunk);
			received += chunk.length;
			if (Date.now() - reported > 5_000) {
				reported = Date.now();
				report(`${megabytes(received)} of ${total > 0 ? megabytes(total) : "?"} downloaded`);
			}
			done(null, chunk);
		},
	});
	if (!response.body) throw new Unreachable("the answer was empty");
	await mkdir(path.dirname(file), { recursive: true });
	try {
		await pipeline(Readable.fromWeb(response.body), watch, createWriteStream(file));
	} catch (error) {
		throw new Unreachable(`the download broke off after ${megabytes(received)}: ${reasonOf(error)}`);
	}
	return hash.digest("hex");
}

/** fetch says "fetch failed"; the cause says why. */
function reasonOf(error: unknown): string {
	const { message, cause } = error as Error;
	return cause instanceof Error && cause.message ? cause.message : message;
}

function megabytes(bytes: number): string {
	return `${(bytes / 1e6).toFixed(1)} MB`;
}
