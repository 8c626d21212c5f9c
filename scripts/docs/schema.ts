import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { settings } from "../../components/settings/schema";
import { settingComments, signature } from "./comments";

/** As much of JSON schema as zod makes of the settings. */
export interface JsonSchema {
	type?: string | string[];
	description?: string;
	default?: unknown;
	examples?: unknown[];
	enum?: unknown[];
	const?: unknown;
	properties?: Record<string, JsonSchema>;
	required?: string[];
	additionalProperties?: JsonSchema | boolean;
	items?: JsonSchema;
	anyOf?: JsonSchema[];
	oneOf?: JsonSchema[];
	[other: string]: unknown;
}

/** @returns the schema of all settings, each with its description: that of Pulumi.yaml, and below it the comments'. */
export function describedSettings(project: string): JsonSchema {
	const schema = z.toJSONSchema(settings, { io: "input", unrepresentable: "any" }) as JsonSchema;
	const comments = settingComments(path.join(project, "components/settings"));
	describe(schema);
	for (const [name, { description }] of Object.entries(inPulumiYaml(project).config)) {
		const setting = schema.properties?.[name];
		if (setting) setting.description = description;
	}
	return schema;

	function describe(node: JsonSchema): void {
		const properties = Object.entries(node.properties ?? {});
		const texts = comments.get(signature(properties.map(([name]) => name)));
		for (const [name, inner] of properties) {
			describe(inner);
			const text = texts?.get(name);
			if (text) inner.description = text;
		}
		for (const inner of [...(node.anyOf ?? []), ...(node.oneOf ?? [])]) describe(inner);
		if (node.items) describe(node.items);
		if (typeof node.additionalProperties === "object") describe(node.additionalProperties);
	}
}

/** @returns the schema of a `Pulumi.<stack>.yaml`, for editors: what the program's own keys are, whatever else stands there. */
export function stackFileSchema(project: string): JsonSchema {
	const { $schema, properties = {}, required = [], $defs } = describedSettings(project);
	const { name } = inPulumiYaml(project);
	const secrets = properties.secrets;
	if (secrets) {
		// As `pulumi config set --secret` writes it.
		const secure = { type: "object", properties: { secure: { type: "string" } }, required: ["secure"] };
		secrets.additionalProperties = { anyOf: [{ type: "string" }, secure] };
	}
	return {
		$schema,
		title: `A stack of ${name}: Pulumi.<stack>.yaml`,
		type: "object",
		properties: {
			config: {
				type: "object",
				properties: Object.fromEntries(
					Object.entries(properties).map(([key, setting]) => [`${name}:${key}`, setting]),
				),
				required: required.map((key) => `${name}:${key}`),
				// Keys of providers are others' business; a misspelled one of this program is not.
				propertyNames: {
					anyOf: [
						{ enum: Object.keys(properties).map((key) => `${name}:${key}`) },
						{ not: { pattern: `^${name}:` } },
					],
				},
			},
		},
		required: ["config"],
		...($defs !== undefined && { $defs }),
	};
}

function inPulumiYaml(project: string): { name: string; config: Record<string, { description: string }> } {
	return parse(readFileSync(path.join(project, "Pulumi.yaml"), "utf8"));
}
