import type { Color, Maintenance } from "../settings/schema";

/**
 * The switch file: one bare value, no newline, that Caddy reads for every request. A request goes to green when its
 * lower-case UUID sorts before the value, so the value begins with a share: "0" is none, "80" half, "g" all.
 * A missing file reads as empty, which is none: blue.
 *
 * What else is to happen stands behind the share, in this order; no UUID sorts between a share and the same with more
 * behind it, so the share means the same with and without:
 *
 *     <share>[-to-<color>-<visit>][-maintenance][-held-until-<seconds since 1970>]
 *
 * - `-to-green-x7f3`: a trial of green; `visit` is this trial's own token, by which visitors are known again.
 * - `-maintenance`: a page is shown instead of either color.
 * - `-held-until-1763745600`: until then requests wait at the proxy. A hold that nobody ends is over by itself.
 *
 * Just "0" and just "g" are the two values of a release that is done; Caddy finds them by comparison, at once.
 */
export const SWITCH_FOLDER = "/switch";
export const SWITCH_FILE = `${SWITCH_FOLDER}/green_below`;

const NONE = "0";
const ALL = "g";

/** A color that gets a share of the traffic, on trial. */
export interface Trial {
	readonly to: Color;
	/** Share of `to`, 0 to 100. */
	readonly percent: number;
	/** Letters and digits, another one for each trial. */
	readonly visit: string;
}

/** All that a value says. */
export interface SwitchState {
	/** Which color has all traffic; how it is divided on a trial; "shared" where somebody has divided it by hand. */
	readonly traffic: Color | Trial | "shared";
	readonly maintenance: boolean;
	/** Seconds since 1970; unset: not held. The time may be over. */
	readonly heldUntilS?: number;
}

/** The value that sends every request to `color`. */
export function switchValue(color: Color): string {
	return color === "green" ? ALL : NONE;
}

/** The value that sends `percent` of the requests to the color on trial. */
export function trialValue({ to, percent, visit }: Trial): string {
	return `${threshold(to === "green" ? percent : 100 - percent)}-to-${to}-${visit}`;
}

/** The value that sends all traffic to a color, or a share of it, as the settings want maintenance. */
export function wantedValue(to: Color | Trial, maintenance: Maintenance): string {
	const value = typeof to === "string" ? switchValue(to) : trialValue(to);
	return withState(value, { maintenance: maintenance === "on" });
}

/** The value that says all this; `traffic` as it stands in `value`, where only the rest is to change. */
export function withState(value: string, rest: Pick<SwitchState, "maintenance" | "heldUntilS">): string {
	const { share, trial } = partsOf(value);
	const maintenance = rest.maintenance ? "-maintenance" : "";
	const held = rest.heldUntilS === undefined ? "" : `-held-until-${rest.heldUntilS}`;
	return `${share}${trial}${maintenance}${held}`;
}

export function readSwitch(value: string): SwitchState {
	const { share, trial, maintenance, heldUntilS } = partsOf(value);
	const rest = { maintenance, ...(heldUntilS !== undefined && { heldUntilS }) };
	const [, to, visit] = TRIAL.exec(trial) ?? [];
	if (to === undefined || visit === undefined) return { traffic: colorOf(share), ...rest };
	const green = greenPercent(share);
	const percent = to === "green" ? green : 100 - green;
	return { traffic: { to: to as Color, percent, visit }, ...rest };
}

/**
 * Who gets traffic by this value, now or when a hold or maintenance is over: one color, or "shared" where both do, which is
 * also where a trial has begun with none for the new color: some visitors are sent to it by name.
 */
export function readSwitchValue(value: string): Color | "shared" {
	const { traffic } = readSwitch(value);
	if (typeof traffic === "string") return traffic;
	return traffic.percent === 100 ? traffic.to : "shared";
}

/** `value`, held until `untilS` (seconds since 1970, whole); one that is held already is held until then instead. */
export function heldValue(value: string, untilS: number): string {
	return withState(value, { ...readSwitch(value), heldUntilS: untilS });
}

/** The value that stands in the file when the hold is over; one that is not held is its own. */
export function releasedValue(value: string): string {
	return isHeld(value) ? withState(value, { maintenance: readSwitch(value).maintenance }) : value;
}

/** Whether a hold stands in this value, over or not. */
export function isHeld(value: string): boolean {
	return readSwitch(value).heldUntilS !== undefined;
}

/** What Caddy finds the end of a hold by: the first group, in seconds since 1970. */
export const HELD_PATTERN = "-held-until-(\\d+)$";
/** What Caddy finds maintenance by, held or not. */
export const MAINTENANCE_PATTERN = "-maintenance(-held-until-\\d+)?$";

const TRIAL = /^-to-(blue|green)-([a-z0-9]+)$/;
const VALUE = /^(.*?)(-to-(?:blue|green)-[a-z0-9]+)?(-maintenance)?(?:-held-until-(\d+))?$/s;

interface Parts {
	readonly share: string;
	/** With everything that makes it one; empty: none. */
	readonly trial: string;
	readonly maintenance: boolean;
	readonly heldUntilS?: number;
}

function partsOf(value: string): Parts {
	const [, share = "", trial = "", maintenance, held] = VALUE.exec(value) ?? [];
	const heldUntilS = held === undefined ? {} : { heldUntilS: Number(held) };
	return { share, trial, maintenance: maintenance !== undefined, ...heldUntilS };
}

/** Every UUID begins with a character from 0 to f: nothing sorts before "0", everything before "g". */
function colorOf(share: string): Color | "shared" {
	if (share <= NONE) return "blue";
	return share >= ALL ? "green" : "shared";
}

/** A share is told to the nearest of these parts of all UUIDs. */
const PARTS = 0x1_0000;
const DIGITS = 4;

function threshold(greenPercent: number): string {
	const part = Math.round((greenPercent / 100) * PARTS);
	if (part <= 0) return NONE;
	return part >= PARTS ? ALL : part.toString(16).padStart(DIGITS, "0");
}

/** Percent, to two digits behind the point. */
function greenPercent(share: string): number {
	if (share <= NONE) return 0;
	if (share >= ALL) return 100;
	const part = Number.parseInt(share.slice(0, DIGITS).padEnd(DIGITS, "0"), 16);
	return Math.round((part / PARTS) * 10_000) / 100;
}
