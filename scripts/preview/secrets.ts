import type { Preview } from "./preview";

/** What stands in the place of a secret; Pulumi's own word. */
const SECRET = "[secret]";

/** By which Pulumi marks a value as special in JSON, and the mark of a secret (sdk/go/common/resource/sig). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_MARK = "1b47061264138c4ac30d75fd1eb44270";

/** Anything shorter would blank out half of the text, and is no secret. */
const SHORTEST = 4;

/**
 * The values that `whole` marks as secret, in plain text. Pulumi's preview blanks them itself; this is for JSON that was
 * made with `--show-secrets`, or by a version of Pulumi that forgets one place.
 */
export function secretValues(whole: unknown): string[] {
	const found = new Set<string>();
	collect(whole, false, found);
	// The longest first: one may be a part of another.
	return [...found].filter(({ length }) => length >= SHORTEST).sort((a, b) => b.length - a.length);
}

function collect(value: unknown, secret: boolean, found: Set<string>): void {
	if (typeof value === "string" || typeof value === "number") {
		if (secret && value !== SECRET) found.add(String(value));
		return;
	}
	if (typeof value !== "object" || value === null) return;
	const object = value as Record<string, unknown>;
	if (object[SIGNATURE] !== SECRET_MARK) {
		for (const inner of Object.values(object)) collect(inner, secret, found);
		return;
	}
	// The plain text of a secret is JSON in a string.
	collect(object.value, true, found);
	if (typeof object.plaintext !== "string") return;
	try {
		collect(JSON.parse(object.plaintext), true, found);
	} catch {
		collect(object.plaintext, true, found);
	}
}

/** Text without these values, and without passwords in URLs, which no mark may tell of. */
export function withoutSecrets(text: string, values: readonly string[]): string {
	const blanked = values.reduce((rest, value) => rest.replaceAll(value, SECRET), text);
	return blanked.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi, `$1:${SECRET}@`);
}

/** A preview of which no text holds a secret, wherever in it; for all that people read. */
export function blankedPreview({ whole, ...used }: Preview): Preview {
	const values = secretValues(whole);
	const deep = (value: unknown): unknown => {
		if (typeof value === "string") return withoutSecrets(value, values);
		if (Array.isArray(value)) return value.map(deep);
		if (typeof value !== "object" || value === null) return value;
		return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, deep(inner)]));
	};
	return { ...(deep(used) as Omit<Preview, "whole">), whole: undefined };
}
