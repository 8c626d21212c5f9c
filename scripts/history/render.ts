import { percentText } from "../../components/plan/trial-text";
import { inFlightText } from "../../components/runtime/in-flight";
import { durationText } from "../../components/runtime/report";
import type { DrainRecord } from "../../components/runtime/steps";
import type { SwitchEntry } from "../../components/runtime/switch-history/entry";
import { type Color, otherColor } from "../../components/settings/schema";
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

const WORDS: Readonly<Record<HistoryItem["outcome"], string>> = {
	begun: "under way, or interrupted",
	succeeded: "succeeded",
	paused: "paused",
	"moved-back": "moved back",
	failed: "failed",
	"under way": "under way",
	interrupted: "interrupted",
};

/** A table, newest first; below each row what there is to say of it. Times are UTC. */
export function renderHistory(items: readonly HistoryItem[], paint: Paint = PLAIN): string {
	if (items.length === 0) return "Traffic has not been moved yet.";
	const head = ["when (UTC)", "switch", "outcome", "took", "who"];
	const [first = "", ...rows] = columns([head, ...items.map(cells)]);
	const lines = items.flatMap((item, index) => {
		const tone = TONES[item.outcome];
		const row = rows[index] ?? "";
		return [tone === undefined || tone === "well" ? row : paint(tone, row), ...details(item, paint)];
	});
	return [paint("heading", first), ...lines].join("\n");
}

/** "blue 1.0.0 → green 2.0.0, moved back". */
export function switchText(entry: Way & Pick<HistoryItem, "outcome">): string {
	return `${wayText(entry)}, ${WORDS[entry.outcome]}`;
}

type Way = Pick<SwitchEntry, "from" | "to" | "versions" | "rollback">;

function wayText({ from, to, versions, rollback }: Way): string {
	const named = (color: Color) => [color, versions[color]].filter(Boolean).join(" ");
	const start = from === undefined ? "" : `${from === "shared" ? "blue and green" : named(from)} → `;
	return `${start}${named(to)}${rollback ? " (back)" : ""}`;
}

function cells(item: HistoryItem): string[] {
	const { startedAt, who, outcome, share, durationMs } = item;
	return [
		startedAt.slice(0, 19).replace("T", " "),
		wayText(item),
		share === undefined ? WORDS[outcome] : `${WORDS[outcome]} at ${percentText(share)}`,
		durationMs === undefined ? "" : durationText(durationMs),
		who ?? "",
	];
}

function drainText({ outcome, durationMs, remaining, streamsClosed }: DrainRecord): string {
	const left = outcome === "timed-out" && remaining ? `, ${inFlightText(remaining)} left` : "";
	const closed = streamsClosed ? `, ${streamsClosed} closed` : "";
	if (outcome === "skipped") return "drain skipped";
	return `${outcome.replaceAll("-", " ")} after ${durationText(durationMs)}${left}${closed}`;
}

function details(
	{ reason, update, endedLater, inFlightAtSwitch, drain, from, to }: HistoryItem,
	paint: Paint,
): string[] {
	const { version, commit, dirty, message } = update ?? {};
	const parts = [
		...(version === undefined ? [] : [`update ${version}`]),
		...(commit === undefined ? [] : [`commit ${commit}${dirty ? " with changes" : ""}`]),
		...(message === undefined ? [] : [message]),
	];
	const old = from === "shared" || from === undefined ? otherColor(to) : from;
	const left = [
		...(inFlightAtSwitch === undefined ? [] : [`${inFlightText(inFlightAtSwitch)} in flight on ${old}`]),
		...(drain === undefined ? [] : [drainText(drain)]),
	];
	return [
		...(left.length === 0 ? [] : [`  ${left.join(", ")}`]),
		...(reason === undefined ? [] : [`  ${reason}`]),
		...(endedLater ? ["  its `up` was interrupted; the next one found traffic moved, and verified it"] : []),
		...(parts.length === 0 ? [] : [paint("faint", `  ${parts.join(" · ")}`)]),
	];
}
