import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { type Problem, removeCommand, setCommand } from "./problems";

type Path = readonly (string | number)[];
type Json = Record<string, unknown>;

/** What parsing gives: the value, or all problems at once. */
export type Parsed<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

/**
 * Parses `raw` with `schema`. `hide` says for which paths a value must not be shown (secrets).
 * Never throws for bad input.
 */
export function parse<S extends z.ZodType>(
	schema: S,
	raw: unknown,
	hide: (path: Path) => boolean = () => false,
): Parsed<z.output<S>> {
	const result = schema.safeParse(raw);
	if (result.success) return { value: result.data };
	// Only the failing path needs it; building it costs more than parsing.
	const shape = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Json;
	const problems = result.error.issues.flatMap((issue) => problemsOf(issue, raw, shape, hide));
	return { problems };
}

function problemsOf(
	issue: z.core.$ZodIssue,
	raw: unknown,
	shape: Json,
	hide: (path: Path) => boolean,
): Problem[] {
	const path = issue.path as (string | number)[];
	if (issue.code === "unrecognized_keys") {
		return issue.keys.map((key) => unknownKey([...path, key], raw, shape, hide));
	}
	const value = valueAt(raw, path);
	if (issue.code === "invalid_key") {
		const allowed = issue.issues.map((inner) => inner.message).join("; ");
		return [{ path, reason: `not a valid name. Allowed: ${allowed}.`, fix: [removeCommand(path)] }];
	}
	const allowed = allowedText(issue);
	const example = exampleFor(issue, schemaAt(shape, path));
	if (value === undefined) {
		return [{ path, reason: `missing. Allowed: ${allowed}.`, fix: [setCommand(path, example)] }];
	}
	const shown = hide(path) ? "this value" : JSON.stringify(value);
	return [
		{ path, reason: `${shown} is not allowed. Allowed: ${allowed}.`, fix: [setCommand(path, example)] },
	];
}

function unknownKey(path: Path, raw: unknown, shape: Json, hide: (path: Path) => boolean): Problem {
	const parent = path.slice(0, -1);
	const key = String(path.at(-1));
	const known = Object.keys((schemaAt(shape, parent)?.properties as Json | undefined) ?? {});
	const nearest = known.length > 0 ? closest(key, known) : undefined;
	const near =
		nearest !== undefined &&
		distance(key.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, key.length / 3);
	if (!near) {
		return { path, reason: `unknown setting. Known here: ${known.join(", ")}.`, fix: [removeCommand(path)] };
	}
	const value = valueAt(raw, path);
	const fix = [removeCommand(path)];
	const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
	if (plain && !hide(path)) fix.push(setCommand([...parent, nearest], String(value)));
	return { path, reason: `unknown setting. Did you mean ${nearest}?`, fix };
}

function allowedText(issue: z.core.$ZodIssue): string {
	switch (issue.code) {
		case "invalid_value":
			return issue.values.map(String).join(", ");
		case "invalid_type":
			return TYPE_WORDS[issue.expected] ?? issue.expected;
		case "too_small":
			return `${issue.origin === "string" || issue.origin === "array" ? "not empty" : `${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`}`;
		case "too_big":
			return `at most ${issue.maximum}`;
		case "invalid_union": {
			if ("options" in issue && Array.isArray(issue.options)) return issue.options.join(", ");
			return [...new Set(issue.errors.flat().map(allowedText))].join(", or ");
		}
		case "invalid_format":
			return issue.message.startsWith("Invalid") ? `a valid ${issue.format}` : issue.message;
		default:
			return issue.message;
	}
}

const TYPE_WORDS: Record<string, string> = {
	string: "text",
	number: "a number",
	int: "a whole number",
	boolean: "true or false",
	array: "a list",
	object: "a group of settings",
	record: "a group of named entries",
};

function exampleFor(issue: z.core.$ZodIssue, schema: Json | undefined): string {
	if (issue.code === "invalid_value" && issue.values[0] !== undefined) return String(issue.values[0]);
	const fallback = schema?.default;
	if (typeof fallback === "string" || typeof fallback === "number" || typeof fallback === "boolean")
		return String(fallback);
	if (issue.code === "too_small" && typeof issue.minimum === "number" && issue.origin !== "string")
		return String(issue.minimum);
	if (issue.code === "too_big") return String(issue.maximum);
	return "<value>";
}

function valueAt(raw: unknown, path: Path): unknown {
	return path.reduce<unknown>(
		(at, key) => (isJson(at) || Array.isArray(at) ? (at as Json)[key as string] : undefined),
		raw,
	);
}

function schemaAt(shape: Json, path: Path): Json | undefined {
	return path.reduce<Json | undefined>((at, key) => step(at, key), shape);
}

function step(at: Json | undefined, key: string | number): Json | undefined {
	if (at === undefined) return undefined;
	const options = (at.oneOf ?? at.anyOf) as Json[] | undefined;
	if (options) return options.map((option) => step(option, key)).find((found) => found !== undefined);
	if (typeof key === "number") return at.items as Json | undefined;
	const properties = at.properties as Json | undefined;
	const extra = at.additionalProperties;
	return (properties?.[key] as Json | undefined) ?? (isJson(extra) ? extra : undefined);
}

function isJson(value: unknown): value is Json {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
