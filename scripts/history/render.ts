import { percentText } from "../../components/plan/trial-text";
import { inFlightText } from "../../components/runtime/in-flight";
import { durationText } from "../../components/runtime/report";
import type { DrainRecord } from "../../components/runtime/steps";
import type { SwitchEntry } from "../../components/runtime/switch-history/entry";
import type { Color } from "../../components/settings/schema";
import { columns } from "../lib/columns";
import { type Paint, PLAIN, type Tone } from "../lib/paint";
import type { HistoryItem } from "./merge";

const TONES: Readonly<Partial<Record<HistoryItem["outcome"], Tone>>> = {
	succeeded: "well",
	paused: "drift",
	"under way": "drift",
	"moved-back": "ill",
	failed: "ill",
	interrupted: "ill",
};

/** A table, newest first; below each row what there is to say of it. Times are UTC. */
export function renderHistory(items: readonly HistoryItem[], paint: Paint = PLAIN): string {
	if (items.length === 0) return "Traffic has not been moved yet.";
	const head = ["when (UTC)", "switch", "outcome", "took", "in flight", "drain", "who"];
	const [first = "", ...rows] = columns([head, ...items.map(cells)]);
	const lines = items.flatMap((item, index) => {
		const tone = TONES[item.outcome];
		const row = rows[index] ?? "";
		return [tone === undefined || tone === "well" ? row : paint(tone, row), ...details(item, paint)];
	});
	return [paint("heading", first), ...lines].join("\n");
}

/** "blue 1.0.0 → green 2.0.0, moved-back". */
export function switchText(
	entry: Pick<SwitchEntry, "from" | "to" | "versions" | "rollback"> & { outcome: string },
) {
	return `${wayText(entry)}, ${entry.outcome === "begun" ? "under way or interrupted" : entry.outcome}`;
}

function wayText({
	from,
	to,
	versions,
	rollback,
}: Pick<SwitchEntry, "from" | "to" | "versions" | "rollback">) {
	const named = (color: Color) => [color, versions[color]].filter(Boolean).join(" ");
	const start = from === undefined ? "" : `${from === "shared" ? "blue and green" : named(from)} → `;
	return `${start}${named(to)}${rollback ? " (back)" : ""}`;
}

function cells(item: HistoryItem): string[] {
	const { startedAt, who, outcome, share, durationMs, inFlightAtSwitch, drain } = item;
	return [
		startedAt.slice(0, 19).replace("T", " "),
		wayText(item),
		share === undefined ? outcome : `${outcome} at ${percentText(share)}`,
		durationMs === undefined ? "" : durationText(durationMs),
		inFlightAtSwitch === undefined ? "" : inFlightText(inFlightAtSwitch),
		drain === undefined ? "" : drainText(drain),
		who ?? "",
	];
}

function drainText({ outcome, durationMs, remaining, streamsClosed }: DrainRecord): string {
	const left = outcome === "timed-out" && remaining ? `, ${inFlightText(remaining)} left` : "";
	const closed = streamsClosed ? `, ${streamsClosed} closed` : "";
	return outcome === "skipped" ? outcome : `${outcome} in ${durationText(durationMs)}${left}${closed}`;
}

function details({ reason, update, endedLater }: HistoryItem, paint: Paint): string[] {
	const { version, commit, dirty, message } = update ?? {};
	const parts = [
		...(version === undefined ? [] : [`update ${version}`]),
		...(commit === undefined ? [] : [`commit ${commit}${dirty ? " with changes" : ""}`]),
		...(message === undefined ? [] : [message]),
	];
	return [
		...(reason === undefined ? [] : [`  ${reason}`]),
		...(endedLater ? ["  its `up` was interrupted; the next one found traffic moved, and verified it"] : []),
		...(parts.length === 0 ? [] : [paint("faint", `  ${parts.join(" · ")}`)]),
	];
}
