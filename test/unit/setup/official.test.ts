import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ensurePulumi } from "../../../scripts/set-up/pulumi";
import { archiveName } from "../../../scripts/set-up/pulumi/download";
import { plugins, versions } from "../../../scripts/set-up/versions";

const version = versions.pulumi.cli;
const archive = archiveName(version);
let folder: string;
let server: Server;
let requests: string[];
let checksum: string;

/** A CLI that installs a plugin as the real one does, as far as the set-up can see. */
const cli = (install: string) => `#!/bin/sh
plugin="$PULUMI_HOME/plugins/resource-$4-v$5"
${install}
`;
const installs = 'mkdir -p "$plugin" && touch "$plugin/pulumi-resource-$4"';

beforeEach(async () => {
	folder = mkdtempSync(path.join(tmpdir(), "official-test-"));
	requests = [];
	publish(installs);
	server = createServer((request, response) => {
		requests.push(request.url ?? "");
		if (request.url === `/pulumi-${version}-checksums.txt`) response.end(`${checksum}  ${archive}\n`);
		else if (request.url === `/${archive}`) response.end(readFileSync(path.join(folder, archive)));
		else response.writeHead(404).end();
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	vi.stubEnv("PULUMI_DOWNLOAD_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
	vi.stubEnv("PULUMI_SOURCE", "official");
	vi.stubEnv("XDG_CACHE_HOME", path.join(folder, "cache"));
});

afterEach(() => {
	vi.unstubAllEnvs();
	server.closeAllConnections();
	server.close();
	rmSync(folder, { recursive: true });
});

function publish(install: string): void {
	mkdirSync(path.join(folder, "pulumi"), { recursive: true });
	for (const name of ["pulumi", "pulumi-language-nodejs"]) {
		writeFileSync(path.join(folder, "pulumi", name), cli(install), { mode: 0o755 });
	}
	execFileSync("tar", ["-czf", archive, "pulumi"], { cwd: folder });
	checksum = createHash("sha256")
		.update(readFileSync(path.join(folder, archive)))
		.digest("hex");
}

const toolchains = () => path.join(folder, "cache/pulumi-docker-blue-green/toolchains");

it("downloads the CLI and has it install the plugins, once", async () => {
	const toolchain = await ensurePulumi(() => {});
	expect(toolchain).toMatchObject({ version, source: "official" });
	const [bin] = toolchain.path;
	expect(existsSync(path.join(bin ?? "", "pulumi"))).toBe(true);
	for (const [name, pluginVersion] of plugins) {
		const plugin = path.join(toolchain.home ?? "", `plugins/resource-${name}-v${pluginVersion}`);
		expect(existsSync(path.join(plugin, `pulumi-resource-${name}`))).toBe(true);
	}
	expect(requests).toEqual([`/pulumi-${version}-checksums.txt`, `/${archive}`]);

	expect(await ensurePulumi(() => {})).toEqual(toolchain);
	expect(requests).toHaveLength(2);
});

it("does not use an archive that was changed, nor go on to another way", async () => {
	vi.stubEnv("PULUMI_SOURCE", "");
	vi.stubEnv("PATH", "/usr/bin:/bin");
	checksum = "0".repeat(64);
	await expect(ensurePulumi(() => {})).rejects.toThrow("is not what Pulumi published, so it was not used");
	expect(readdirSync(toolchains())).toEqual([]);
});

it("leaves nothing half done when a plugin cannot be downloaded, and says why", async () => {
	publish("echo no such plugin >&2; exit 1");
	await expect(ensurePulumi(() => {})).rejects.toThrow(
		/PULUMI_SOURCE=official rules out other ways:\n {2}- Installing the docker plugin[\s\S]*no such plugin/,
	);
	expect(readdirSync(toolchains())).toEqual([]);
});

it("makes a toolchain anew that has lost a plugin", async () => {
	const { home } = await ensurePulumi(() => {});
	rmSync(path.join(home ?? "", "plugins"), { recursive: true });
	await ensurePulumi(() => {});
	expect(readdirSync(path.join(home ?? "", "plugins"))).toHaveLength(plugins.length);
});
