import type { Color } from "../settings/schema";

/**
 * The switch file: one bare value, no newline, that Caddy reads for every request. A request goes to green when its
 * lower-case UUID sorts before the value, so the value is a share: "0" is none, "80" half, "g" all.
 * A missing file reads as empty, which is none: blue.
 *
 * A hold is written behind the value: "g-held-until-1763745600" (seconds since 1970). Until then requests wait at the
 * proxy. From then on it means what its beginning means, because no UUID sorts between the two: so a hold that nobody
 * ends is over by itself, and whoever reads the file still knows the color.
 */
export const SWITCH_FOLDER = "/switch";
export const SWITCH_FILE = `${SWITCH_FOLDER}/green_below`;

const NONE = "0";
const ALL = "g";
const HELD = "-held-until-";

/** The value that sends every request to `color`. */
export function switchValue(color: Color): string {
	return color === "green" ? ALL : NONE;
}

/** Who gets traffic by this value, now or when the hold is over: one color, or "shared" where both do. */
export function readSwitchValue(value: string): Color | "shared" {
	// Every UUID begins with a character from 0 to f: nothing sorts before "0", everything before "g".
	const released = releasedValue(value);
	if (released <= NONE) return "blue";
	return released >= ALL ? "green" : "shared";
}

/** `value`, held until `untilS` (seconds since 1970, whole); one that is held already is held until then instead. */
export function heldValue(value: string, untilS: number): string {
	return `${releasedValue(value)}${HELD}${untilS}`;
}

/** The value that stands in the file when the hold is over; one that is not held is its own. */
export function releasedValue(value: string): string {
	return isHeld(value) ? value.slice(0, value.lastIndexOf(HELD)) : value;
}

/** Whether a hold stands in this value, over or not. */
export function isHeld(value: string): boolean {
	return HELD_VALUE.test(value);
}

const HELD_VALUE = new RegExp(`${HELD}\\d+$`);
/** What Caddy finds the end of a hold by: the first group, in seconds since 1970. */
export const HELD_PATTERN = `${HELD}(\\d+)$`;
