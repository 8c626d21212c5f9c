import { type Finding, findings } from "./findings";
import type { HostStatus, StateStatus, WantedStatus } from "./types";

/** Something that was asked for, or why it could not be had. */
export type Had<T> = { readonly value: T } | { readonly problem: string };

/** All that `npm run status` knows at one moment. */
export interface StatusReport {
	/** "shop/prod". */
	readonly stack: string;
	readonly prefix: string;
	readonly host: Had<HostStatus>;
	readonly state: Had<StateStatus>;
	readonly findings: readonly Finding[];
}

/** Exit codes of `npm run status`, for scripts and monitors. 2 is that of words that it does not know. */
export const STATUS_EXIT = { well: 0, illOrDrifted: 1, unknown: 3 } as const;

export function statusReport(
	{ stack, prefix }: Pick<StatusReport, "stack" | "prefix">,
	host: Had<HostStatus>,
	state: Had<StateStatus>,
	wanted: WantedStatus | undefined,
): StatusReport {
	const seen = "value" in host ? host.value : undefined;
	const recorded = "value" in state ? state.value : undefined;
	const found = seen === undefined ? [] : findings(seen, recorded, wanted, prefix);
	return { stack, prefix, host, state, findings: found };
}

/** What is ill is told even where the state could not be read; that all is well is not. */
export function exitCodeOf({ host, state, findings: found }: StatusReport): number {
	if (found.some(({ kind }) => kind !== "note")) return STATUS_EXIT.illOrDrifted;
	return "problem" in host || "problem" in state ? STATUS_EXIT.unknown : STATUS_EXIT.well;
}
