import type { SwitchEntry } from "../../components/runtime/switch-history/entry";
import type { PulumiUpdate } from "./updates";

/** One attempt to move traffic, from what the host has noted and what Pulumi's history says of the `up` that it was in. */
export interface HistoryItem extends Omit<SwitchEntry, "id" | "process" | "who" | "outcome"> {
	/** begun: whether it still runs cannot be told from here. */
	readonly outcome: SwitchEntry["outcome"] | "under way" | "interrupted";
	/** Unset: only Pulumi's history knows of it, which names nobody but the author of the commit. */
	readonly who?: string;
	readonly update?: Pick<PulumiUpdate, "version" | "message" | "commit" | "dirty">;
}

/** Pulumi's times are whole seconds. */
const SECOND_MS = 1_000;

/**
 * Newest first. What the host has noted is believed; Pulumi's history adds who wrote what was released, and attempts that
 * the host knows nothing of: those that failed before the health gate, and those from before the record.
 *
 * @param entries Oldest first.
 * @param updates Oldest first.
 * @param runs Whether the process of an entry still runs; undefined: it cannot be told.
 */
export function mergeHistory(
	entries: readonly SwitchEntry[],
	updates: readonly PulumiUpdate[],
	runs: (entry: SwitchEntry) => boolean | undefined,
): HistoryItem[] {
	const noted = entries.map((entry, index): HistoryItem => {
		const { id: _, process: __, ...rest } = entry;
		const update = updates.find((one) => isWithin(entry, one));
		const followed = index < entries.length - 1 || update !== undefined;
		return {
			...rest,
			outcome: entry.outcome === "begun" ? unfinished(followed, runs(entry)) : entry.outcome,
			...(update && { update: told(update) }),
		};
	});
	const others = onlyByPulumi(
		updates.filter((update) => !isNoted(update, entries)),
		updates,
	);
	return [...noted, ...others].sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt));
}

function isWithin({ startedAt }: SwitchEntry, { startedAtMs, endedAtMs }: PulumiUpdate): boolean {
	const at = Date.parse(startedAt);
	return at >= startedAtMs && at < endedAtMs + SECOND_MS;
}

function isNoted(update: PulumiUpdate, entries: readonly SwitchEntry[]): boolean {
	return entries.some((entry) => isWithin(entry, update));
}

function unfinished(followed: boolean, runs: boolean | undefined): HistoryItem["outcome"] {
	if (followed || runs === false) return "interrupted";
	return runs === true ? "under way" : "begun";
}

/** Those that were to make another color active than the last one that succeeded. */
function onlyByPulumi(some: readonly PulumiUpdate[], all: readonly PulumiUpdate[]): HistoryItem[] {
	return some.flatMap((update): HistoryItem[] => {
		const { activeColor: to, startedAtMs, endedAtMs, succeeded, versions } = update;
		const before = all.findLast((one) => one.succeeded && one.startedAtMs < startedAtMs)?.activeColor;
		if (to === undefined || before === to) return [];
		return [
			{
				startedAt: new Date(startedAtMs).toISOString(),
				...(before && { from: before }),
				to,
				versions,
				outcome: succeeded ? "succeeded" : "failed",
				durationMs: endedAtMs - startedAtMs,
				...(!succeeded && {
					reason: "It failed before traffic could move; the reason is in what that `up` said.",
				}),
				update: told(update),
			},
		];
	});
}

function told({ version, message, commit, dirty }: PulumiUpdate): NonNullable<HistoryItem["update"]> {
	return {
		...(version !== undefined && { version }),
		...(message !== undefined && { message }),
		...(commit !== undefined && { commit }),
		dirty,
	};
}
