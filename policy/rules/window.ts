import { isSwitch, type ReleaseSeen } from "./release";

export const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
export type Day = (typeof DAYS)[number];

/** One stretch of the week, from a time of day to another; one that ends before it begins ends on the next day. */
export interface Window {
	readonly days: readonly Day[];
	/** "09:00", from this minute on. */
	readonly from: string;
	/** "16:30", up to this minute. "24:00": to the end of the day. */
	readonly to: string;
}

export interface WindowPolicy {
	/** Unset or empty: at any time. */
	readonly windows?: readonly Window[];
	/** IANA name: "Europe/Berlin". Default: UTC. */
	readonly timezone?: string;
}

/**
 * The way back is never held up: a rollback at night is what a night needs.
 *
 * @param now The time of the run.
 * @returns what is wrong; undefined: nothing.
 */
export function outsideWindow(
	release: ReleaseSeen,
	{ windows = [], timezone = "UTC" }: WindowPolicy,
	now: Date,
): string | undefined {
	if (!isSwitch(release) || !release.forward || windows.length === 0) return undefined;
	const local = localTime(now, timezone);
	if (local === undefined)
		return `change window: "${timezone}" is not a time zone. Allowed: an IANA name such as Europe/Berlin, or UTC.`;
	if (windows.some((window) => isWithin(window, local))) return undefined;
	const allowed = windows.map(({ days, from, to }) => `${days.join(" ")} ${from}–${to}`).join(", ");
	return (
		`it is ${local.day} ${clock(local.minute)} in ${timezone}, and traffic goes to a new release only at ${allowed}. ` +
		`${release.servedBefore} serves; a rollback is allowed at any time.`
	);
}

interface LocalTime {
	readonly day: Day;
	/** Since midnight on the clock. */
	readonly minute: number;
}

function localTime(now: Date, timeZone: string): LocalTime | undefined {
	try {
		const format = new Intl.DateTimeFormat("en-US", {
			timeZone,
			weekday: "short",
			hour: "2-digit",
			minute: "2-digit",
			hourCycle: "h23",
		});
		const parts = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
		return { day: parts.weekday as Day, minute: Number(parts.hour) * 60 + Number(parts.minute) };
	} catch {
		return undefined;
	}
}

function isWithin({ days, from, to }: Window, { day, minute }: LocalTime): boolean {
	const [begin, end] = [minuteOf(from), minuteOf(to)];
	if (begin < end) return days.includes(day) && minute >= begin && minute < end;
	const before = DAYS[(DAYS.indexOf(day) + DAYS.length - 1) % DAYS.length] as Day;
	return (days.includes(day) && minute >= begin) || (days.includes(before) && minute < end);
}

function minuteOf(text: string): number {
	const [hours, minutes] = text.split(":").map(Number);
	return (hours ?? 0) * 60 + (minutes ?? 0);
}

function clock(minute: number): string {
	return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");
}
