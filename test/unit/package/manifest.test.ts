import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { satisfies } from "semver";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import own from "../../../components/package.json";
import root from "../../../package.json";
import { PLAIN, packageManifest } from "../../../scripts/package/manifest";

const components = path.resolve(__dirname, "../../../components");
const sources = readdirSync(components, { recursive: true, encoding: "utf8" }).filter(
	(file) => file.endsWith(".ts") || (PLAIN as readonly string[]).includes(file),
);

/** Packages that the components import or require, without Node's own; "@scope/name" and "name" of deeper paths. */
function imported(): string[] {
	const all = sources.flatMap((file) => {
		const { importedFiles } = ts.preProcessFile(
			readFileSync(path.join(components, file), "utf8"),
			true,
			true,
		);
		return importedFiles.map(({ fileName }) => fileName);
	});
	const names = all
		.filter((name) => !name.startsWith(".") && !isBuiltin(name))
		.map((name) =>
			name
				.split("/")
				.slice(0, name.startsWith("@") ? 2 : 1)
				.join("/"),
		);
	return [...new Set(names)].sort();
}

describe("what the npm package depends on", () => {
	it("is what the components load, and no more", () => {
		const declared = Object.keys(own.dependencies).filter((name) => !name.startsWith("@types/"));
		expect(imported()).toEqual(declared.sort());
	});

	it.for(Object.entries(own.dependencies))(
		"%s in a range around the version that the tests run with",
		([name, range]) => {
			const pinned: Record<string, string> = { ...root.devDependencies, ...root.dependencies };
			expect(range).toMatch(/^\^\d+\.\d+\.\d+$/);
			// google-protobuf is a range there as well.
			expect(satisfies((pinned[name] ?? "").replace("^", ""), range)).toBe(true);
		},
	);
});

describe("the manifest of the npm package", () => {
	const manifest = packageManifest(own);

	it("has the built files in place of the sources", () => {
		expect(manifest).toMatchObject({ name: own.name, version: root.version, dependencies: own.dependencies });
		expect(JSON.stringify(manifest)).not.toContain('index.ts"');
	});

	it("can be published, and the sources cannot", () => {
		expect(own.private).toBe(true);
		expect(manifest).not.toHaveProperty("private");
	});

	it("lets others load what stands by name in states, and the one entry", () => {
		expect(Object.keys(manifest.exports as object)).toEqual([
			".",
			"./quick-start.cjs",
			"./provider.cjs",
			"./migrate.cjs",
			"./package.json",
		]);
	});
});
