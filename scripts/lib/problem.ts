/** Something that the person at the keyboard can mend. Its message says all there is to say: show no stack trace. */
export class Problem extends Error {
	override name = "Problem";
}

/** @returns whether an error is meant for the person who reads it, whichever part of the project made it. */
export function isProblem(error: unknown): error is Error {
	return error instanceof Error && error.name.endsWith("Problem");
}
