import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ensurePulumi } from "../../../scripts/set-up/pulumi";
import { pulumiOnPath } from "../../../scripts/set-up/pulumi/on-path";
import { plugins } from "../../../scripts/set-up/versions";

let folder: string;
let said: string[];

beforeEach(() => {
	folder = mkdtempSync(path.join(tmpdir(), "on-path-test-"));
	said = [];
	mkdirSync(path.join(folder, "bin"));
	vi.stubEnv("PATH", `${folder}/bin:/usr/bin:/bin`);
	vi.stubEnv("PULUMI_HOME", path.join(folder, "home"));
	vi.stubEnv("XDG_CACHE_HOME", path.join(folder, "cache"));
	vi.stubEnv("PULUMI_SOURCE", "path");
});

afterEach(() => {
	vi.unstubAllEnvs();
	rmSync(folder, { recursive: true });
});

/** A CLI that answers as one of that version, and notes which plugins it is to install. */
function putCli(version: string, bin = path.join(folder, "bin"), installs = "exit 0"): void {
	mkdirSync(bin, { recursive: true });
	const script = `#!/bin/sh
[ "$1" = version ] && echo ${version} && exit 0
echo "$*" >>${folder}/calls
${installs}
`;
	for (const name of ["pulumi", "pulumi-language-nodejs"]) {
		writeFileSync(path.join(bin, name), script, { mode: 0o755 });
	}
}

function putPlugins(): void {
	for (const [name, version] of plugins) {
		const plugin = path.join(folder, "home/plugins", `resource-${name}-v${version}`);
		mkdirSync(plugin, { recursive: true });
		writeFileSync(path.join(plugin, `pulumi-resource-${name}`), "");
	}
}

const look = () => pulumiOnPath((line) => said.push(line));

describe("pulumiOnPath", () => {
	it("takes one that is new enough and has the plugins, as it is", async () => {
		putCli("v3.300.1");
		putPlugins();
		expect(await look()).toEqual({ version: "3.300.1", source: "path", path: [] });
		expect(said).toEqual([]);
		expect(() => readFileSync(path.join(folder, "calls"))).toThrow("ENOENT");
	});

	it("has it install the official plugins that are missing", async () => {
		putCli("v3.300.1");
		expect(await look()).toMatchObject({ source: "path" });
		expect(readFileSync(path.join(folder, "calls"), "utf8").trim().split("\n")).toEqual(
			plugins.map(([name, version]) => `plugin install resource ${name} ${version}`),
		);
	});

	it("leaves one alone that is too old, and says so", async () => {
		putCli("v3.200.0");
		expect(await look()).toBeUndefined();
		expect(said).toEqual([
			`${folder}/bin/pulumi is version 3.200.0; 3.256.0 or newer is needed, so it is left alone`,
		]);
	});

	it("leaves one alone that cannot run Node.js programs, and says so", async () => {
		putCli("v3.300.1");
		rmSync(path.join(folder, "bin/pulumi-language-nodejs"));
		expect(await look()).toBeUndefined();
		expect(said[0]).toContain("has no pulumi-language-nodejs beside it");
	});

	it("leaves one alone that cannot download its plugins, and says why", async () => {
		putCli("v3.300.1", path.join(folder, "bin"), "echo no route to host >&2; exit 255");
		expect(await look()).toBeUndefined();
		expect(said.at(-1)).toMatch(/cannot download its plugins[\s\S]*no route to host/);
	});

	it("does not take what the set-up itself has made", async () => {
		const own = path.join(folder, "cache/pulumi-docker-blue-green/toolchains/go-1/bin");
		putCli("v3.300.1", own);
		vi.stubEnv("PATH", `${own}:/usr/bin:/bin`);
		expect(await look()).toBeUndefined();
		expect(said).toEqual([]);
	});
});

describe("ensurePulumi", () => {
	it("uses nothing else when PULUMI_SOURCE says so", async () => {
		await expect(ensurePulumi(() => {})).rejects.toThrow(
			"There is no Pulumi CLI to use, and PULUMI_SOURCE=path rules out other ways:\n  - no pulumi 3.256.0 or newer on PATH that can be used",
		);
	});

	it("names the allowed values of PULUMI_SOURCE", async () => {
		vi.stubEnv("PULUMI_SOURCE", "brew");
		await expect(ensurePulumi(() => {})).rejects.toThrow(
			"Invalid value for PULUMI_SOURCE: brew. Allowed values are path, official, go.",
		);
	});
});
