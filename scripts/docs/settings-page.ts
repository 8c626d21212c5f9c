import { markdownTable } from "markdown-table";
import type { JsonSchema } from "./schema";

/** @returns docs/settings.md: every setting with its type, default and description, from the schema alone. */
export function settingsPage({ properties = {}, required = [] }: JsonSchema): string {
	const sections = Object.entries(properties).map(([name, setting]) => {
		const rows = rowsOf(setting, name);
		return [
			`## ${name}`,
			"",
			setting.description ?? "",
			"",
			`${capitalized(typeText(setting))}. ${required.includes(name) ? "Required" : `Default: ${defaultText(setting)}`}.`,
			...(rows.length > 0
				? [
						"",
						markdownTable([["setting", "values", "default", "what it does"], ...rows], {
							alignDelimiters: false,
							padding: true,
						}),
					]
				: []),
			"",
		].join("\n");
	});
	return [
		"<!-- Made by `npm run docs:generate` from components/settings and Pulumi.yaml. Change those, not this page. -->",
		"# Settings",
		"",
		"They stand in `Pulumi.<stack>.yaml` below `config:`, each with `shop:` before its name, or are set by",
		"`pulumi config set --path <setting> <value>`. A whole example is [Pulumi.prod.yaml](../Pulumi.prod.yaml). What is wrong with",
		"them is said all at once, before anything is touched.",
		"",
		"`<name>` stands for a name of your own, `[0]` for an entry of a list. A **duration** is text such as `500ms`, `5s`, `2m`, or `0`.",
		"",
		"An editor that knows YAML language servers completes and checks a stack's settings when the file begins with this line:",
		"",
		"```yaml",
		"# yaml-language-server: $schema=schema/stack.schema.json",
		"```",
		"",
		...sections,
	]
		.join("\n")
		.trimEnd()
		.concat("\n");
}

type Row = [setting: string, values: string, byDefault: string, does: string];

function rowsOf(node: JsonSchema, path: string): Row[] {
	const own = Object.entries(node.properties ?? {}).flatMap(([name, setting]): Row[] => {
		const full = `${path}.${name}`;
		const missing = node.required?.includes(name) ? "required" : defaultText(setting);
		const row: Row = [`\`${full}\``, cell(typeText(setting)), cell(missing), cell(setting.description ?? "")];
		return setting.const !== undefined ? [row] : [row, ...rowsOf(setting, full)];
	});
	const choices = [...(node.anyOf ?? []), ...(node.oneOf ?? [])].flatMap((choice) => rowsOf(choice, path));
	const items = node.items ? rowsOf(node.items, `${path}[0]`) : [];
	const named =
		typeof node.additionalProperties === "object" ? rowsOf(node.additionalProperties, `${path}.<name>`) : [];
	return unique([...own, ...choices, ...items, ...named]);
}

/** What several kinds have in common (of databases, of TLS) is said once, and the discriminator with all its values. */
function unique(rows: readonly Row[]): Row[] {
	const result: Row[] = [];
	for (const row of rows) {
		const [name, values, byDefault, does] = row;
		const twin = result.find((seen) => seen[0] === name && seen[2] === byDefault && seen[3] === does);
		if (!twin) result.push([...row]);
		else if (!twin[1].split(", ").includes(values)) twin[1] = `${twin[1]}, ${values}`;
	}
	return result;
}

function typeText(schema: JsonSchema): string {
	const { type, items, minimum, maximum } = schema;
	if (Array.isArray(type)) return type.map((each) => typeText({ type: each })).join(" or ");
	if (schema.const !== undefined) return `\`${schema.const}\``;
	if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(", ");
	const choices = schema.anyOf ?? schema.oneOf;
	// The schema of every duration: text, or the number 0.
	if (choices?.length === 2 && choices[0]?.type === "string" && choices[1]?.const === 0) return "duration";
	if (choices) return [...new Set(choices.map(typeText))].join(" or ");
	if (type === "array") return items ? `list of ${typeText(items)}` : "list";
	if (type === "object") return typeof schema.additionalProperties === "object" ? "group by name" : "group";
	if (type === "string") return "text";
	if (type === "boolean") return "`true`, `false`";
	if (type === "null") return "`null`";
	if (type !== "integer" && type !== "number") return type ?? "any value";
	const kind = type === "integer" ? "whole number" : "number";
	const safe = (bound: unknown) => typeof bound === "number" && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
	if (safe(minimum) && safe(maximum)) return `${kind} from ${minimum} to ${maximum}`;
	return safe(minimum) ? `${kind} from ${minimum}` : kind;
}

function defaultText(schema: JsonSchema): string {
	const value = schema.default;
	if (value === undefined) return "unset";
	const text = typeof value === "string" ? value : JSON.stringify(value);
	if (text === "{}" && schema.properties) return "as below";
	if (typeText(schema) === "duration" && typeof value === "number") return `\`${durationText(value)}\``;
	return `\`${text}\``;
}

/** Defaults stand in the schema as what the parser makes of them: milliseconds. */
function durationText(ms: number): string {
	const units = [
		["d", 86_400_000],
		["h", 3_600_000],
		["m", 60_000],
		["s", 1_000],
	] as const;
	const [unit, size] = units.find(([, each]) => ms >= each && ms % each === 0) ?? ["ms", 1];
	return ms === 0 ? "0" : `${ms / size}${unit}`;
}

function cell(text: string): string {
	return text.replaceAll("|", "\\|");
}

function capitalized(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
