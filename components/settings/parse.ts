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
	if (issue.code === "invalid_union") {
		const own = ofItsKind(issue, value);
		if (own)
			return own.flatMap((one) =>
				problemsOf({ ...one, path: [...path, ...one.path] } as z.core.$ZodIssue, raw, shape, hide),
			);
	}
	if (issue.code === "invalid_key") {
		const allowed = issue.issues.map((inner) => inner.message).join("; ");
		return [{ path, reason: `not a valid name. Allowed: ${allowed}.`, fix: [removeCommand(path)] }];
	}
	const allowed = allowedText(issue);
	const plain = firstPlain(path, schemaAt(shape, path, raw));
	const set = setCommand(plain.path, exampleFor(issue, plain.schema));
	if (value === undefined) return [{ path, reason: `missing. Allowed: ${allowed}.`, fix: [set] }];
	const shown = hide(path) ? "this value" : JSON.stringify(value);
	const inTheWay = plain.path.length > path.length && !(isJson(value) || Array.isArray(value));
	const fix = inTheWay ? [removeCommand(path), set] : [set];
	return [{ path, reason: `${shown} is not allowed. Allowed: ${allowed}.`, fix }];
}

/** Where a group or a list may stand, what is wrong with the one that the person has written; undefined: it is neither. */
function ofItsKind(issue: z.core.$ZodIssueInvalidUnion, value: unknown): z.core.$ZodIssue[] | undefined {
	if (!isJson(value) && !Array.isArray(value)) return undefined;
	const fitting = issue.errors.filter((all) =>
		all.every(({ code, path }) => code !== "invalid_type" || path.length > 0),
	);
	return fitting.length === 1 ? fitting[0] : undefined;
}

/** A group or a list cannot be set as a whole: the first plain setting in it, which makes what is around it too. */
function firstPlain(path: Path, schema: Json | undefined): { path: Path; schema: Json | undefined } {
	const [first] = Object.entries(propertiesOf(schema, undefined));
	if (first !== undefined) return firstPlain([...path, first[0]], first[1]);
	if (isJson(schema?.additionalProperties)) return firstPlain([...path, "NAME"], schema.additionalProperties);
	if (isJson(schema?.items)) return firstPlain([...path, 0], schema.items);
	return { path, schema };
}

function unknownKey(path: Path, raw: unknown, shape: Json, hide: (path: Path) => boolean): Problem {
	const parent = path.slice(0, -1);
	const key = String(path.at(-1));
	const known = Object.keys(propertiesOf(schemaAt(shape, parent, raw), valueAt(raw, parent)));
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
			if (!issue.message.startsWith("Invalid")) return issue.message;
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
	const known = [schema?.default, schema?.const, ...((schema?.examples ?? []) as unknown[])];
	const example = known.find((one) => one !== "" && ["string", "number", "boolean"].includes(typeof one));
	if (example !== undefined) return String(example);
	const isNumber = issue.code === "too_small" && (issue.origin === "number" || issue.origin === "int");
	if (isNumber && issue.inclusive) return String(issue.minimum);
	if (issue.code === "too_big") return String(issue.maximum);
	return "<value>";
}

function valueAt(raw: unknown, path: Path): unknown {
	return path.reduce<unknown>(
		(at, key) => (isJson(at) || Array.isArray(at) ? (at as Json)[key as string] : undefined),
		raw,
	);
}

function schemaAt(shape: Json, path: Path, raw: unknown): Json | undefined {
	const step = (at: Json | undefined, key: string | number, index: number): Json | undefined => {
		if (typeof key === "number") {
			const lists = [at, ...((at?.anyOf ?? []) as Json[])];
			return lists.find((one) => one?.items)?.items as Json | undefined;
		}
		const extra = at?.additionalProperties;
		const properties = propertiesOf(at, valueAt(raw, path.slice(0, index)));
		return properties[key] ?? (isJson(extra) ? extra : undefined);
	};
	return path.reduce<Json | undefined>(step, shape);
}

/** The settings of a group; where they depend on one of them (the type of a database), those that fit `value`. */
function propertiesOf(schema: Json | undefined, value: unknown): Record<string, Json> {
	const options = (schema?.oneOf ?? schema?.anyOf ?? [schema]) as (Json | undefined)[];
	const all = options.map((option) => (option?.properties ?? {}) as Record<string, Json>);
	const fits = (properties: Record<string, Json>) =>
		Object.entries(properties).every(
			([key, { const: only }]) => only === undefined || valueAt(value, [key]) === only,
		);
	return all.find(fits) ?? all[0] ?? {};
}

function isJson(value: unknown): value is Json {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
