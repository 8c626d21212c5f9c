import { type Color, otherColor } from "../settings/schema";
import { readSwitch } from "./switch-file";

/**
 * Whom a preview shows by this value of the switch file: the color that is on trial, else the one that does not serve;
 * where somebody has divided the traffic by hand, green. Caddy finds the same by `PREVIEWED_PATTERNS`.
 */
export function previewedColor(value: string): Color {
	const { traffic } = readSwitch(value);
	if (typeof traffic !== "string") return traffic.to;
	return traffic === "shared" ? "green" : otherColor(traffic);
}

/** The lines of Caddy's `map`, in the order in which they are tried. */
export const PREVIEWED_PATTERNS = ["~-to-(blue|green)- $1", "~^[g-z] blue", "default green"];
