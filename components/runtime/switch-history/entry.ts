import type { Color } from "../../settings/schema";
import type { DrainRecord, InFlight } from "../steps";

/** One attempt to move traffic, as the record on the host has it: plain JSON, nothing secret. */
export interface SwitchEntry {
	readonly id: string;
	/** When the gate began, or the cutover where the gate had nothing new to check. ISO 8601, UTC. */
	readonly startedAt: string;
	/** "anna@laptop", or who started the pipeline. */
	readonly who: string;
	/** Which process did it, for whoever wants to know whether it still does. */
	readonly process: { readonly host: string; readonly pid: number };
	/** Who served before; unset: nobody. "shared": both, in steps. */
	readonly from?: Color | "shared";
	readonly to: Color;
	/** Of both colors, where known. */
	readonly versions: Readonly<Partial<Record<Color, string>>>;
	/** The way back to a release that has served before. */
	readonly rollback?: true;
	/**
	 * begun: it has not ended, or was interrupted. paused: both colors serve, and somebody has to decide. moved-back: the new
	 * color had traffic, and the old one has all of it again. failed: anything else; mostly traffic did not move.
	 */
	readonly outcome: "begun" | "succeeded" | "paused" | "moved-back" | "failed";
	/** Until all traffic was moved and verified, or moved back; without the drain. Unset: it has not ended. */
	readonly durationMs?: number;
	/** Percent of the traffic that the new color has; only where it is paused. */
	readonly share?: number;
	/** The `up` that moved traffic was interrupted; a later one found it moved, verified it, and so ended it. */
	readonly endedLater?: true;
	/** First line of what the `up` said. Unset: it succeeded. */
	readonly reason?: string;
	/** On the old color at the moment of the switch; unset where it could not be counted. */
	readonly inFlightAtSwitch?: InFlight;
	readonly drain?: DrainRecord;
}

/** How many attempts are kept; older ones go. */
export const KEPT_SWITCHES = 100;
/** A reason may hold what an application has answered. */
const LONGEST_REASON = 300;

/** Oldest first. Lines that cannot be read are left out: a record is no reason to fail. */
export function parseEntries(text: string | undefined): SwitchEntry[] {
	return (text ?? "").split("\n").flatMap((line) => parseEntry(line) ?? []);
}

function parseEntry(line: string): SwitchEntry | undefined {
	try {
		const entry = JSON.parse(line) as Partial<SwitchEntry> | null;
		const { id, startedAt, to, outcome } = entry ?? {};
		const whole = typeof id === "string" && !Number.isNaN(Date.parse(startedAt ?? "")) && to && outcome;
		return whole ? (entry as SwitchEntry) : undefined;
	} catch {
		return undefined;
	}
}

/** The record with this entry in it, in place of the one of the same id. */
export function withEntry(text: string | undefined, entry: SwitchEntry): string {
	const all = parseEntries(text);
	const at = all.findIndex(({ id }) => id === entry.id);
	const [reason = ""] = (entry.reason ?? "").split("\n");
	const short = { ...entry, ...(reason !== "" && { reason: reason.slice(0, LONGEST_REASON) }) };
	if (at < 0) all.push(short);
	else all[at] = short;
	return textOf(all.slice(-KEPT_SWITCHES));
}

/** The record without an entry: what it began turned out not to be a switch. */
export function withoutEntry(text: string | undefined, id: string): string {
	return textOf(parseEntries(text).filter((entry) => entry.id !== id));
}

/** The record with what became of the old color; as it is where the last switch was not one to `active`. */
export function withDrain(text: string | undefined, active: Color, drain: DrainRecord): string | undefined {
	const last = parseEntries(text).at(-1);
	const fits = last?.to === active && last.outcome === "succeeded" && last.drain === undefined;
	return last === undefined || !fits ? text : withEntry(text, { ...last, drain });
}

/** The record where traffic is found on `active` that an interrupted `up` has moved; else as it is. */
export function withEndedLater(text: string | undefined, active: Color): string | undefined {
	const last = parseEntries(text).at(-1);
	if (last?.to !== active || last.outcome !== "begun") return text;
	return withEntry(text, { ...last, outcome: "succeeded", endedLater: true });
}

function textOf(entries: readonly SwitchEntry[]): string {
	return entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
}
