import { chmod, copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Problem } from "../lib/problem";
import { run } from "../lib/run";
import type { Report } from "../set-up/paths";
import { onPath } from "./attempt";
import { cachedFile, hashFolder, hashOf } from "./cache";
import { assertCaddyVersion } from "./caddy-version";

import { nodeBinary } from "./versions";

const minute = 60_000;

/** A file that goes into an image and is not kept in this repository. */
export interface Ingredient {
	/** Everything its content depends on: also its name in the cache. */
	key: string;
	/** @returns the file's absolute path; made and cached when it is not there yet. */
	file(report: Report): Promise<string>;
}

const caddySource = path.join(__dirname, "caddy", "source");
// The tags of the official build: without three databases' drivers for a certificate authority of Caddy's own.
const caddyFlags = ["-trimpath", "-buildvcs=false", "-tags", "nobadger,nomysql,nopgx", "-ldflags", "-s -w"];

/** Caddy, compiled from its Go module for this machine's processor. The version is pinned by go.mod and go.sum. */
export async function caddy(): Promise<Ingredient> {
	const source = hashOf([await hashFolder(caddySource), ...caddyFlags]);
	const key = `caddy-${process.arch}-${source.slice(0, 16)}`;
	return {
		key,
		file: (report) =>
			cachedFile(key, async (unfinished) => {
				report("compiling Caddy from its Go module (1 to 2 minutes the first time, then cached)");
				await run("go", ["build", ...caddyFlags, "-o", unfinished, "."], {
					what: "compiling Caddy",
					cwd: caddySource,
					env: { ...process.env, CGO_ENABLED: "0", GOOS: "linux", GOWORK: "off" },
					timeoutMs: 15 * minute,
					next: "It needs Go 1.21 or newer on PATH, and the Go module proxy. See: go version; go env GOPROXY",
				});
				assertCaddyVersion(await run(unfinished, ["version"], { what: "asking Caddy for its version" }));
			}),
	};
}

/** Node.js, from the package of the binary in the npm registry. */
export function node(): Ingredient {
	const chosen = nodeBinary.packages[process.arch as keyof typeof nodeBinary.packages];
	if (!chosen) throw new Problem(`No Node.js image can be built for the processor "${process.arch}".`);
	const key = `node-${nodeBinary.version}-${process.arch}`;
	return {
		key,
		file: (report) =>
			cachedFile(key, async (unfinished) => {
				const wanted = `${chosen.name}@${nodeBinary.version}`;
				report(`fetching ${wanted} from the npm registry (50 MB, once)`);
				const folder = await mkdtemp(path.join(tmpdir(), "node-binary-"));
				try {
					const stdout = await run("npm", ["pack", "--json", wanted], {
						what: `fetching ${wanted}`,
						cwd: folder,
						timeoutMs: 5 * minute,
						next: "It comes from the npm registry. See: npm config get registry",
					});
					const [packed] = JSON.parse(stdout) as { filename: string; integrity: string }[];
					if (!packed || packed.integrity !== chosen.integrity) {
						throw new Problem(
							`${wanted} from the npm registry is not the file it was: its digest is ${packed?.integrity}, not ${chosen.integrity}. It is not used. Is another registry configured? npm config get registry`,
						);
					}
					const archive = path.join(folder, packed.filename);
					await run("tar", ["-xzf", archive, "-C", folder, "package/bin/node"], {
						what: "unpacking Node.js",
					});
					await copyFile(path.join(folder, "package/bin/node"), unfinished);
					await chmod(unfinished, 0o755);
				} finally {
					await rm(folder, { recursive: true, force: true });
				}
			}),
	};
}

const debianPackages = ["ca-certificates", "busybox"];
const debianOptions = [
	"--variant=minbase",
	`--include=${debianPackages.join(",")}`,
	'--aptopt=APT::Install-Recommends "false"',
	// What the official slim image leaves out too.
	...["man", "doc", "info", "locale"].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
	"--dpkgopt=path-include=/usr/share/doc/*/copyright",
];

/**
 * The root file system of a small Debian 12.
 *
 * @param renew makes it from today's packages even when an older one is cached.
 */
export function debian(renew: boolean): Ingredient {
	const key = `debian-bookworm-${process.arch}-${hashOf(debianOptions).slice(0, 16)}.tar`;
	return {
		key,
		file: (report) =>
			cachedFile(
				key,
				async (unfinished) => {
					await needMmdebstrap(report);
					report("making a Debian 12 root file system with mmdebstrap (about half a minute, then cached)");
					await run("mmdebstrap", ["--format=tar", ...debianOptions, "bookworm", unfinished], {
						what: "making a Debian root file system",
						timeoutMs: 10 * minute,
						next: "It fetches packages from Debian's servers. See whether they answer: sudo apt-get update",
					});
				},
				renew,
			),
	};
}

async function needMmdebstrap(report: Report): Promise<void> {
	if (await onPath("mmdebstrap")) return;
	const byHand = "Install it (Debian, Ubuntu: sudo apt-get install mmdebstrap debian-archive-keyring)";
	if (process.getuid?.() !== 0 || !(await onPath("apt-get"))) {
		throw new Problem(
			`No registry answers, and the local images need mmdebstrap, which is not here.\n${byHand}, then run the same command again.`,
		);
	}
	report("installing mmdebstrap with apt-get");
	const options = {
		what: "installing mmdebstrap",
		timeoutMs: 5 * minute,
		env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
		next: `${byHand}, then run the same command again.`,
	};
	await run("apt-get", ["update", "--quiet"], options);
	const packages = ["mmdebstrap", "debian-archive-keyring"];
	await run("apt-get", ["install", "--yes", "--no-install-recommends", ...packages], options);
}
