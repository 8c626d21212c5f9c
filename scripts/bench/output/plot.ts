import { scaleLinear, scaleLog } from "d3-scale";
import { TICK_MS, TIMELINE_MS, type Tick } from "../measure/figures";

/** One way's release, as it is drawn. */
export interface Panel {
	title: string;
	timeline: readonly Tick[];
}

const WIDTH = 920;
const ROW = 132;
const HEAD = 78;
const FOOT = 46;
const PLOT_HEIGHT = 82;
/** Left edges of the two columns, and how wide each is. */
const LEFT = { requests: 44, latency: 500 };
const COLUMN = 400;
const LATENCY_MS = { least: 1, most: 10_000 };

/**
 * What became of the requests around the switch, one row for each way: answered and failed on the left, latency on the
 * right. Middle tones only, which can be read on white and on black: a picture in a page does not know the page's theme.
 */
export function plot(panels: readonly Panel[]): string {
	const height = HEAD + panels.length * ROW + FOOT;
	const rows = panels.map((panel, index) => row(panel, HEAD + index * ROW));
	const foot = height - FOOT + 26;
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Requests answered and failed, and latency, around the switch of each way">
<style>
text { font: 12px system-ui, sans-serif; fill: #6e7781 }
.title { font-weight: 600; font-size: 14px }
.axis { stroke: #6e7781; stroke-width: 1; opacity: .5 }
.grid { stroke: #6e7781; stroke-width: 1; opacity: .18 }
.switch { stroke: #6e7781; stroke-width: 1.5; stroke-dasharray: 3 3 }
.answered { fill: #388bfd }
.failed { fill: #e5534b }
.p50 { fill: none; stroke: #388bfd; stroke-width: 1.5 }
.slowest { fill: none; stroke: #bf8700; stroke-width: 1.5 }
</style>
<text class="title" x="${LEFT.requests}" y="22">Requests in each tenth of a second</text>
${legend(LEFT.requests, 42, [
	["answered", "answered"],
	["failed", "failed"],
])}
<text class="title" x="${LEFT.latency}" y="22">Their latency, of those that were answered</text>
${legend(LEFT.latency, 42, [
	["p50", "half of them took less"],
	["slowest", "the slowest"],
])}
${rows.join("\n")}
<text x="${LEFT.requests + COLUMN / 2}" y="${foot}" text-anchor="middle">seconds before and after the traffic began to move</text>
<text x="${LEFT.latency + COLUMN / 2}" y="${foot}" text-anchor="middle">seconds before and after the traffic began to move</text>
</svg>
`;
}

const seconds = scaleLinear([-TIMELINE_MS.before, TIMELINE_MS.after], [0, COLUMN]);

function row({ title, timeline }: Panel, top: number): string {
	const base = top + 22 + PLOT_HEIGHT;
	const most = Math.max(1, ...timeline.map(({ answered, failed }) => answered + failed));
	const requests = scaleLinear([0, most], [0, PLOT_HEIGHT]).nice();
	const latency = scaleLog([LATENCY_MS.least, LATENCY_MS.most], [0, PLOT_HEIGHT]).clamp(true);
	const bars = timeline.flatMap(({ atMs, answered, failed }) => {
		const x = LEFT.requests + seconds(atMs);
		const width = seconds(atMs + TICK_MS) - seconds(atMs) - 0.5;
		return [
			bar("answered", x, base - requests(answered), width, requests(answered)),
			bar("failed", x, base - requests(answered + failed), width, requests(failed)),
		];
	});
	const line = (kind: "p50" | "slowest", of: (tick: Tick) => number | null) => {
		const points = timeline.map((tick) => {
			const value = of(tick);
			const x = LEFT.latency + seconds(tick.atMs + TICK_MS / 2);
			return value === null ? undefined : `${at(x)} ${at(base - latency(value))}`;
		});
		return `<path class="${kind}" d="${pathThrough(points)}"/>`;
	};
	return [
		`<text class="title" x="${LEFT.requests}" y="${top + 12}">${escapeXml(title)}</text>`,
		frame(
			LEFT.requests,
			base,
			[0, requests.domain()[1] ?? most].map((value) => [String(value), requests(value)]),
		),
		...bars.filter((text) => text !== ""),
		frame(LEFT.latency, base, [
			["1 ms", latency(1)],
			["10 ms", latency(10)],
			["100 ms", latency(100)],
			["1 s", latency(1_000)],
			["10 s", latency(10_000)],
		]),
		line("slowest", ({ slowestMs }) => slowestMs),
		line("p50", ({ p50Ms }) => p50Ms),
	].join("\n");
}

/** Axes, the marks on them, and the moment of the switch. */
function frame(left: number, base: number, marks: [string, number][]): string {
	const across = marks.map(
		([text, up]) =>
			`<line class="grid" x1="${left}" x2="${left + COLUMN}" y1="${at(base - up)}" y2="${at(base - up)}"/>` +
			`<text x="${left - 6}" y="${at(base - up + 4)}" text-anchor="end">${text}</text>`,
	);
	const below = seconds
		.ticks(5)
		.map(
			(ms) => `<text x="${at(left + seconds(ms))}" y="${base + 15}" text-anchor="middle">${ms / 1000}</text>`,
		);
	const zero = at(left + seconds(0));
	return [
		...across,
		...below,
		`<line class="axis" x1="${left}" x2="${left + COLUMN}" y1="${base}" y2="${base}"/>`,
		`<line class="switch" x1="${zero}" x2="${zero}" y1="${base - PLOT_HEIGHT - 4}" y2="${base}"/>`,
	].join("\n");
}

function legend(left: number, y: number, entries: [string, string][]): string {
	return entries
		.map(([kind, text], index) => {
			const x = left + index * 190;
			const sign =
				kind === "p50" || kind === "slowest"
					? `<path class="${kind}" d="M${x} ${y - 4}h18"/>`
					: `<rect class="${kind}" x="${x}" y="${y - 10}" width="12" height="12"/>`;
			return `${sign}<text x="${x + 24}" y="${y}">${text}</text>`;
		})
		.join("\n");
}

function bar(kind: string, x: number, y: number, width: number, height: number): string {
	if (height === 0) return "";
	return `<rect class="${kind}" x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}"/>`;
}

/** A path that is interrupted where there is no point. */
function pathThrough(points: readonly (string | undefined)[]): string {
	return points
		.map((point, index) =>
			point === undefined ? "" : `${points[index - 1] === undefined ? "M" : "L"}${point}`,
		)
		.join("");
}

function at(value: number): string {
	return String(Math.round(value * 10) / 10);
}

function escapeXml(text: string): string {
	return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
