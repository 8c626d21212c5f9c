import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { isAtLeast, versions } from "../../../scripts/set-up/versions";

const project = path.resolve(__dirname, "../../..");
const read = (file: string) => readFileSync(path.join(project, file), "utf8");
const packageJson = JSON.parse(read("package.json")) as {
	dependencies: Record<string, string>;
	engines: { node: string };
};

describe("scripts/toolchain/versions.json agrees with", () => {
	it.each(Object.entries(versions.plugins))("package.json on @pulumi/%s", (name, version) => {
		expect(packageJson.dependencies[`@pulumi/${name}`]).toBe(version);
	});

	it("package.json on @pulumi/pulumi", () => {
		expect(packageJson.dependencies["@pulumi/pulumi"]).toBe(versions.pulumi.sdk);
	});

	it("every @pulumi package of package.json", () => {
		const named = Object.keys(packageJson.dependencies).filter((name) => name.startsWith("@pulumi/"));
		const pinned = ["pulumi", ...Object.keys(versions.plugins)].map((name) => `@pulumi/${name}`);
		expect(named.sort()).toEqual(pinned.sort());
	});

	it("the oldest Node.js that package.json and scripts/setup take", () => {
		const oldest = versions.node.replace(/\.0$/, "");
		expect(packageJson.engines.node).toBe(`>=${oldest}`);
		const [major, minor] = oldest.split(".");
		expect(read("scripts/setup")).toContain(`[ "$major" -lt ${major} ]`);
		expect(read("scripts/setup")).toContain(`[ "$minor" -lt ${minor} ]`);
		expect(read("scripts/setup").match(/version \d+\.\d+ or newer/g)).toEqual(
			Array(2).fill(`version ${oldest} or newer`),
		);
	});

	const modules = Object.entries(versions.goModules).flatMap(([folder, wanted]) =>
		Object.entries(wanted).map(([name, version]) => [folder, name, version] as const),
	);
	it.each(modules)("scripts/%s/go.mod on %s %s", (folder, name, version) => {
		const lines = read(`scripts/${folder}/go.mod`).split("\n");
		const found = lines
			.map((line) =>
				line
					.replace(/^.* => /, "")
					.replace(/^require /, "")
					.trim()
					.split(/\s+/),
			)
			.filter(([module]) => module === name)
			.map(([, found]) => found);
		expect(found).toEqual([version]);
	});

	it("itself: the CLI that is built is the one that is downloaded", () => {
		expect(versions.goModules["toolchain/cli"]["github.com/pulumi/pulumi/pkg/v3"]).toBe(
			`v${versions.pulumi.cli}`,
		);
		expect(isAtLeast(versions.pulumi.cli, versions.pulumi.minimum)).toBe(true);
	});

	it("the stand-in for the command plugin", () => {
		expect(read("scripts/toolchain/plugins/command/main.go")).toContain(
			`pluginVersion = "${versions.plugins.command}"`,
		);
	});
});

describe("isAtLeast", () => {
	it.each([
		["v3.256.0", "3.256.0", true],
		["3.257.0", "3.256.1", true],
		["3.99.0", "3.256.0", false],
		["4.0.0", "3.256.0", true],
		["2.300.9", "3.256.0", false],
		["3.256.0-alpha.1", "3.256.0", false],
		["3.257.0-alpha.1", "3.256.0", true],
		["20.10.24+dfsg1", "20.10.0", true],
		["", "3.256.0", false],
		["not a version", "3.256.0", false],
	])("%s against %s: %s", (version, minimum, expected) => {
		expect(isAtLeast(version, minimum)).toBe(expected);
	});
});
