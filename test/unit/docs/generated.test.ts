import { readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { generatedFiles } from "../../../scripts/docs/pages";
import { describedSettings, type JsonSchema, stackFileSchema } from "../../../scripts/docs/schema";
import { projectFolder } from "../../../scripts/lib/environment";

describe("what is made from source", () => {
	test.for([...generatedFiles(projectFolder)])(
		"%s is up to date; if not: npm run docs:generate",
		([file, text]) => {
			const present = readFileSync(path.join(projectFolder, file), "utf8");
			// The formatter has its own mind about short lists in JSON.
			if (file.endsWith(".json")) expect(JSON.parse(present)).toEqual(JSON.parse(text));
			else expect(present).toBe(text);
		},
	);

	it("describes every setting", () => {
		expect(undescribed(describedSettings(projectFolder), "")).toEqual([]);
	});
});

describe("the JSON schema of a stack's file", () => {
	const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
	addFormats.default(ajv);
	const accepts = ajv.compile(stackFileSchema(projectFolder));
	const problems = (file: unknown) => {
		accepts(file);
		return (accepts.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
	};
	const example = (file: string) => parse(readFileSync(path.join(projectFolder, file), "utf8"));

	test.for(["Pulumi.prod.yaml", "scripts/local/Pulumi.local.yaml"])("accepts %s", (file) => {
		expect(problems(example(file))).toEqual([]);
	});

	test.for([
		["a misspelled group", { "shop:servces": {} }],
		["a misspelled setting", { "shop:drain": { timout: "5s" } }],
		["a value that there is not", { "shop:standby": "cold" }],
		["a number out of range", { "shop:proxy": { httpPort: 70_000 } }],
	] as const)("rejects %s", ([, wrong]) => {
		const file = example("Pulumi.prod.yaml");
		expect(problems({ ...file, config: { ...file.config, ...wrong } })).not.toEqual([]);
	});

	it("leaves the settings of providers alone", () => {
		const file = example("Pulumi.prod.yaml");
		expect(problems({ ...file, config: { ...file.config, "docker:host": "unix:///x" } })).toEqual([]);
	});
});

/** A discriminator says by its one value what it is. */
function undescribed(node: JsonSchema, at: string): string[] {
	const properties = Object.entries(node.properties ?? {}).flatMap(([name, inner]) => [
		...(inner.description || inner.const !== undefined ? [] : [`${at}.${name}`]),
		...undescribed(inner, `${at}.${name}`),
	]);
	const others = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.items ? [node.items] : [])];
	const named = typeof node.additionalProperties === "object" ? [node.additionalProperties] : [];
	return [...properties, ...[...others, ...named].flatMap((inner) => undescribed(inner, at))];
}
