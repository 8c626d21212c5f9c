import { durationText } from "../runtime/report";
import type { DatabaseChange } from "./types";

/**
 * What a person reads before a database is replaced: which, why, how long it will be away and where that figure is from, and
 * what its application's requests do meanwhile.
 *
 * @param measuredMs Outage of its last update here; unset: there was none.
 * @param holdForMs Longest time that requests wait; unset: nothing serves. 0: they do not wait.
 */
export function outageText(
	{ name, why }: DatabaseChange,
	measuredMs: number | undefined,
	holdForMs: number | undefined,
): string {
	const away =
		measuredMs === undefined
			? "1 to 2 s, as it took small databases; this one has not been measured yet"
			: `about ${durationText(measuredMs)}, as at its last update here`;
	const requests =
		holdForMs === undefined
			? "Nothing serves that could miss it."
			: holdForMs === 0
				? "Requests do not wait (proxy.holdFor is 0): they fail as the application fails without it."
				: `Requests wait at the proxy meanwhile, at most ${durationText(holdForMs)}.`;
	return `database ${name}: ${why}. It restarts, and is away for ${away}. ${requests}`;
}
