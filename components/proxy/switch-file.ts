import type { Color } from "../settings/schema";

/**
 * The switch file: one bare value, no newline, that Caddy reads for every request. A request goes to green when its
 * lower-case UUID sorts before the value, so the value is a share: "0" is none, "80" half, "g" all.
 * A missing file reads as empty, which is none: blue.
 */
export const SWITCH_FOLDER = "/switch";
export const SWITCH_FILE = `${SWITCH_FOLDER}/green_below`;

const NONE = "0";
const ALL = "g";

/** The value that sends every request to `color`. */
export function switchValue(color: Color): string {
	return color === "green" ? ALL : NONE;
}

/** Who gets traffic by this value: one color, or "shared" where both do. */
export function readSwitchValue(value: string): Color | "shared" {
	// Every UUID begins with a character from 0 to f: nothing sorts before "0", everything before "g".
	if (value <= NONE) return "blue";
	return value >= ALL ? "green" : "shared";
}
