import { type Color, otherColor } from "../../settings/schema";
import { indented } from "../report";
import { type Complaint, countText, msText, percentText, type Tallies } from "./judge";
import type { Passed } from "./line";
import type { Tally } from "./tally";

/** A breach as a person reads it: which limit, the figures of both colors, sample requests. Pure. */

/** Where it was seen. */
export interface Scene {
	/** Of the phase, or of its end, ms. */
	readonly spanMs: number;
	/** Path prefix; unset: all routes. */
	readonly route?: string;
	readonly to: Color;
	readonly versions: Readonly<Partial<Record<Color, string>>>;
}

export function breachText(complaint: Complaint, tallies: Tallies, scene: Scene): string {
	const where = scene.route === undefined ? "" : `under ${scene.route}, `;
	return [`${where}${complaint.sentence}`, ...figuresTable(tallies, scene), ...samplesText(complaint)].join(
		"\n",
	);
}

/** What speaks against the color is not what was counted. */
export function otherBreachText(complaint: string, tallies: Tallies, scene: Scene): string {
	return [complaint, ...figuresTable(tallies, scene)].join("\n");
}

/** "green 2.0.0". */
export function nameOf(color: Color, versions: Scene["versions"]): string {
	return [color, versions[color]].filter((part) => part !== undefined && part !== "").join(" ");
}

/** The new color first. */
function figuresTable(tallies: Tallies, { to, versions, spanMs, route }: Scene): string[] {
	const span = `${route === undefined ? "" : `${route}, `}${(spanMs / 1_000).toFixed(1)} s`;
	const rows = [
		[span, "requests", "failed", "p50", "p99"],
		...[to, otherColor(to)].map((color) => [nameOf(color, versions), ...figuresOf(tallies[color])]),
	];
	const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
	return rows.map((row) => {
		const cells = row.map((cell, column) =>
			column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart((widths[column] ?? 0) + 3),
		);
		return `  ${cells.join("")}`;
	});
}

function figuresOf(tally: Tally): string[] {
	const { requests, errors } = tally;
	const share = requests === 0 || errors === 0 ? "" : ` (${percentText(errors / requests)})`;
	const quantile = (q: number) => {
		const ms = tally.quantileMs(q);
		return ms === undefined ? "" : msText(ms);
	};
	return [countText(requests), `${countText(errors)}${share}`, quantile(0.5), quantile(0.99)];
}

function samplesText({ samples, limit }: Complaint): string[] {
	if (samples.length === 0) return [];
	const failed = samples.some(({ status }) => status >= 500 || status === 0);
	const heading = limit === "maxP99" || !failed ? "its slowest requests" : "requests that failed";
	return [`  ${heading}:`, indented(samples.map(sampleText))];
}

/** "12:15:39.049 GET /api/products 500 after 3.2 ms (shop-green-web-1:3000)": time of the Docker host, UTC. */
function sampleText({ atMs, method, path, status, durationMs, upstream }: Passed): string {
	const time = new Date(atMs).toISOString().slice(11, 23);
	const by = upstream === undefined ? "no replica answered" : upstream;
	return `${time} ${method} ${path.slice(0, 200)} ${status} after ${msText(durationMs)} (${by})`;
}
