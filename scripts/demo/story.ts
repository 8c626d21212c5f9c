import { counted, inFlightText } from "../../components/runtime/in-flight";
import type { DrainRecord } from "../../components/runtime/steps";
import { firstFrom, type LoadReport, lastFrom, type WindowStats, windowStats } from "../load";
import type { LastCutover } from "./pulumi";

/** What was released and when, in milliseconds since the load began. */
export interface Moments {
	from: string;
	to: string;
	releaseBeganMs: number;
	upBeganMs: number;
	upEndedMs: number;
}

/** What a release under load left behind. */
export interface Story extends Moments {
	report: LoadReport;
	cutover?: LastCutover;
}

/** The whole result as text: the cutover, stage by stage, then the requests. */
export function tell(story: Story): string {
	const parts = [...(story.cutover ? [stages(story.cutover)] : []), requests(story)];
	if (story.report.failed > 0) parts.push(failures(story.report));
	return parts.join("\n\n");
}

function stages(cutover: LastCutover): string {
	const began = clock(Date.parse(cutover.startedAt));
	const lines = [`Cutover from ${cutover.from ?? "nothing"} to ${cutover.to}, begun at ${began}`];
	for (const { name, durationMs } of cutover.stages)
		lines.push(`  ${name.padEnd(18)} ${duration(durationMs).padStart(9)}`);
	if (cutover.inFlightAtSwitch !== undefined)
		lines.push(
			`  in flight on ${cutover.from ?? "the old color"} at the switch: ${inFlightText(cutover.inFlightAtSwitch)}`,
		);
	if (cutover.drain) lines.push(`  drain: ${drained(cutover.drain)}`);
	return lines.join("\n");
}

function drained({ outcome, durationMs, remaining, streamsClosed }: DrainRecord): string {
	const parts = [`${outcome} after ${duration(durationMs)}`];
	if (remaining) parts.push(`${inFlightText(remaining)} remained`);
	if (streamsClosed !== undefined) parts.push(`${counted(streamsClosed, "stream")} closed`);
	return parts.join(", ");
}

function requests(story: Story): string {
	const { report, from, to, releaseBeganMs, upBeganMs, upEndedMs } = story;
	const first = firstFrom(report, to);
	const last = lastFrom(report, from);
	const over = report.durationMs + 1;
	const rows: Array<[string, WindowStats]> = [
		["before the release", windowStats(report, 0, releaseBeganMs)],
		["pulumi preview", windowStats(report, releaseBeganMs, upBeganMs)],
		["pulumi up", windowStats(report, upBeganMs, upEndedMs)],
		[
			"the second around the cutover",
			first === undefined ? none : windowStats(report, first - 500, first + 500),
		],
		["after the release", windowStats(report, upEndedMs, over)],
		["all", windowStats(report, 0, over)],
	];
	const lines = [
		`${"Requests".padEnd(32)}${["sent", "failed", "p50", "p99"].map((head) => head.padStart(10)).join("")}`,
		...rows.map(([name, stats]) => row(name, stats)),
		"",
	];
	const at = (ms: number | undefined) => (ms === undefined ? "never" : clock(report.startedAtMs + ms));
	lines.push(
		`  first answer from ${to} at ${at(first)}, last from ${from} at ${at(last)}`,
		`  longest time without a success: ${duration(report.longestGapWithoutSuccessMs)}`,
		`  ${mix(report)}, over ${report.connectionsOpened} connections`,
		`  latency counts from when a request was due; up to ${duration(report.clientLagP99Ms)} of it (p99) is the client's own`,
		"",
		`requests sent: ${count(report.sent)}`,
		`failed: ${count(report.failed)}`,
	);
	return lines.join("\n");
}

function failures(report: LoadReport): string {
	const lines = ["Failures by kind"];
	for (const [kind, { count: many, first }] of Object.entries(report.failures)) {
		lines.push(`  ${kind}: ${count(many)}`);
		for (const { atMs, request, detail } of first)
			lines.push(`    ${clock(report.startedAtMs + atMs)}  ${request}: ${detail}`);
	}
	return lines.join("\n");
}

const none: WindowStats = { requests: 0, failed: 0, p50Ms: Number.NaN, p99Ms: Number.NaN };

function row(name: string, { requests, failed, p50Ms, p99Ms }: WindowStats): string {
	const cells = [count(requests), count(failed), duration(p50Ms), duration(p99Ms)];
	return `  ${name.padEnd(30)}${cells.map((cell) => cell.padStart(10)).join("")}`;
}

function mix(report: LoadReport): string {
	return Object.entries(report.byRequest)
		.map(([request, many]) => `${count(many)} ${request}`)
		.join(", ");
}

function count(value: number): string {
	return value.toLocaleString("en-US");
}

/** "1.8 ms", "350 ms", "4.2 s"; "–" where nothing was measured. */
function duration(ms: number): string {
	if (Number.isNaN(ms)) return "–";
	if (ms < 10) return `${ms.toFixed(1)} ms`;
	return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Local time with milliseconds: "14:02:31.250". */
function clock(epochMs: number): string {
	const date = new Date(epochMs);
	const two = (value: number) => String(value).padStart(2, "0");
	const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
	return `${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
