/** What one check of a Docker host or a stack found; shown by `npm run doctor`, and as warnings in previews. */
export interface Finding {
	/** What was looked at, in one word: "disk". */
	readonly check: string;
	/**
	 * problem: something will fail, or has. warning: it may. unknown: it could not be seen, and `text` says why; nothing is said to be
	 * well that was not seen.
	 */
	readonly grade: Grade;
	/** One line. */
	readonly text: string;
	/** The command that mends it, or that shows more; unset where there is nothing to do. */
	readonly next?: string;
}

export const GRADES = ["problem", "warning", "unknown", "ok"] as const;
export type Grade = (typeof GRADES)[number];

/** Something that was to be seen, or why it was not. */
export type Fact<T> = { readonly known: T } | { readonly why: string };

/** The gravest grade of all; ok where there is none. */
export function worstOf(findings: readonly Pick<Finding, "grade">[]): Grade {
	return GRADES.find((grade) => findings.some((one) => one.grade === grade)) ?? "ok";
}

export function finding(check: string, grade: Grade, text: string, next?: string): Finding {
	return { check, grade, text: oneLine(text), ...(next !== undefined && { next }) };
}

/** Texts from elsewhere have line breaks. */
function oneLine(text: string): string {
	return text.trim().replaceAll(/\s*\n\s*/g, " ");
}
