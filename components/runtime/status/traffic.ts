import { percentText } from "../../plan/trial-text";
import { readSwitch } from "../../proxy/switch-file";
import { type Color, otherColor } from "../../settings/schema";
import { type Traffic, trafficBy } from "../caddy/traffic";
import type { HostStatus, StateStatus } from "./types";

/** Who gets what; all that the switch file says. */
export interface TrafficNow extends Traffic {
	/** Until when requests wait at the proxy, ms since 1970; unset: they do not, or that is over. */
	readonly heldUntilMs?: number;
}

export function trafficNow({ switchValue, atMs }: Pick<HostStatus, "switchValue" | "atMs">): TrafficNow {
	const { heldUntilS } = readSwitch(switchValue ?? "");
	const heldUntilMs = heldUntilS === undefined ? 0 : heldUntilS * 1_000;
	return { ...trafficBy(switchValue), ...(heldUntilMs > atMs && { heldUntilMs }) };
}

/** The same, by the outputs of the cutover; undefined where nothing has been released by this state. */
export function trafficRecorded({ cutover }: StateStatus): Traffic | undefined {
	if (cutover?.activeColor === undefined) return undefined;
	const { activeColor, onTrial, maintenance = "off" } = cutover;
	return {
		serving: activeColor,
		...(onTrial && { trial: { to: onTrial.to, percent: onTrial.share, visit: "" } }),
		maintenance,
	};
}

/** "green gets all", "green gets 25 % on trial, blue the rest", with what visitors get instead. */
export function trafficText(
	{ serving, trial, maintenance }: Traffic,
	name: (color: Color) => string = (color) => color,
): string {
	const page = maintenance === "on" ? ", behind the maintenance page" : "";
	if (serving === "none") return "nobody serves yet";
	if (serving !== "shared") return `${name(serving)} gets all${page}`;
	if (trial === undefined) return `blue and green share it, by hand${page}`;
	const { to, percent } = trial;
	return `${name(to)} gets ${percentText(percent)} on trial, ${name(otherColor(to))} the rest${page}`;
}
