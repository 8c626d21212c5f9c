import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { COLORS, settings } from "../../../components/settings/schema";
import { load, SMALL } from "./configuration";

const PROJECT = join(__dirname, "../../..");

interface Property {
	type?: string;
	description?: string;
	default?: unknown;
}

function readYaml<T>(file: string): T {
	return parseYaml(readFileSync(join(PROJECT, file), "utf8")) as T;
}

describe("Pulumi.yaml and the schema", () => {
	const { config } = readYaml<{ config: Record<string, Property> }>("Pulumi.yaml");
	const schema = z.toJSONSchema(settings, { io: "input", unrepresentable: "any" }) as {
		properties: Record<string, { type?: string; enum?: unknown[] }>;
		required: string[];
	};
	const keys = Object.keys(schema.properties);
	/** What the schema makes of a configuration that does not say anything of `key`. */
	const unsaid = settings.parse({ ...SMALL, databases: undefined }) as Record<string, unknown>;
	const defaulted = keys.filter((key) => !(key in SMALL) || key === "databases");

	test("have the same settings", () => {
		expect(Object.keys(config).sort()).toEqual([...keys].sort());
	});

	test.for(keys)("%s has the same type, and a description", (key) => {
		expect(config[key]?.type).toBe(schema.properties[key]?.type);
		expect(config[key]?.description).toMatch(/^[A-Z`a-z].{20,}\.$/);
	});

	test.for(defaulted)("%s has the same default", (key) => {
		const said = settings.parse({ ...SMALL, [key]: config[key]?.default }) as Record<string, unknown>;
		expect(config[key]?.default).toBeDefined();
		expect(said[key]).toEqual(unsaid[key]);
	});

	test.for(["proxy", "health", "drain", "observe"] as const)(
		"the default of %s says all that has one",
		(key) => {
			const { resources: _, ...all } = unsaid[key] as Record<string, unknown>;
			expect(Object.keys(config[key]?.default as object).sort()).toEqual(Object.keys(all).sort());
		},
	);

	test("what is required has no default", () => {
		const without = Object.keys(config).filter((key) => config[key]?.default === undefined);
		expect(without.sort()).toEqual([...schema.required, "images"].sort());
	});

	test.for(keys)("the description of %s names what there is to choose from", (key) => {
		for (const choice of schema.properties[key]?.enum ?? []) {
			expect(config[key]?.description).toContain(choice);
		}
	});
});

describe("the example for production", () => {
	const file = readYaml<{ config: Record<string, unknown> }>("Pulumi.prod.yaml");
	const own = Object.entries(file.config).filter(([key]) => key.startsWith("shop:"));
	const config = Object.fromEntries(own.map(([key, value]) => [key.slice("shop:".length), decrypted(value)]));
	const secretKeys = Object.keys(config).filter((key) =>
		JSON.stringify(file.config[`shop:${key}`]).includes('"secure"'),
	);

	test.for(COLORS)("has no problems with %s active", async (activeColor) => {
		await expect(load({ ...config, activeColor }, { secretKeys })).resolves.toBeDefined();
	});

	test.for(settingNames())("has %s, or says what it is for", (name) => {
		expect(readFileSync(join(PROJECT, "Pulumi.prod.yaml"), "utf8")).toMatch(new RegExp(`\\b${name}: `));
	});
});

/** The names of all settings that are plain values or lists of them, wherever they stand. */
function settingNames(): string[] {
	const of = (schema: unknown): string[] => {
		const { properties = {}, additionalProperties, items, oneOf = [], anyOf = [] } = schema as Schema;
		const own = Object.entries(properties).flatMap(([name, inner]) => (isPlain(inner) ? [name] : of(inner)));
		return [
			...own,
			...oneOf.flatMap(of),
			...anyOf.flatMap(of),
			...(items ? of(items) : []),
			...(additionalProperties ? of(additionalProperties) : []),
		];
	};
	return [...new Set(of(z.toJSONSchema(settings, { io: "input", unrepresentable: "any" })))];
}

interface Schema {
	readonly type?: string;
	readonly properties?: Record<string, Schema>;
	readonly additionalProperties?: Schema | false;
	readonly items?: Schema;
	readonly oneOf?: readonly Schema[];
	readonly anyOf?: readonly Schema[];
}

function isPlain({ type, oneOf, items, anyOf = [] }: Schema): boolean {
	const list = items?.type === "object";
	return type !== "object" && oneOf === undefined && !list && anyOf.every(isPlain);
}

/** As the program gets it: Pulumi puts the value in place of `{ secure: … }`. */
function decrypted(value: unknown): unknown {
	if (typeof value !== "object" || value === null) return value;
	if (Array.isArray(value)) return value.map(decrypted);
	if ("secure" in value) return "decrypted";
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, decrypted(inner)]));
}
