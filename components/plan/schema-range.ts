import type { SemVer } from "semver";
import parse from "semver/functions/parse";
import satisfies from "semver/functions/satisfies";
import validRange from "semver/ranges/valid";

/**
 * Versions of a database's schema and ranges of them, as npm writes ranges: ">=12 <15", "12 || 14", "^2.1". What counts is
 * the order of the numbers, so whole numbers, timestamps of 14 digits and dotted versions of up to three parts all do.
 */

/** Version of a schema that nobody has made yet. */
export const NO_SCHEMA = "0";

/** Whether `range` can be read. */
export function isRange(range: string): boolean {
	return validRange(range) !== null;
}

/** Whether `version` can be compared with a range. */
export function isSchemaVersion(version: string): boolean {
	return toSemver(version) !== undefined;
}

/** Whether a color with this range works with a schema of this version. Neither may be unreadable: then it does not. */
export function fits(version: string, range: string): boolean {
	const read = toSemver(version);
	return read !== undefined && satisfies(read, range);
}

/** "0012" is 12, "1.2" is 1.2.0: semver knows neither. */
function toSemver(version: string): SemVer | undefined {
	if (!/^\d{1,16}(\.\d{1,16}){0,2}$/.test(version)) return undefined;
	const parts = version.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
	return parse([...parts, "0", "0"].slice(0, 3).join(".")) ?? undefined;
}
