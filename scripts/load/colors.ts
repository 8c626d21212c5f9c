import type { Sample } from "./record";
import type { LoadReport } from "./report";

/** Answers by another color than the one that should serve. */
export interface WrongColor {
	count: number;
	/** The first few, by the time at which they were sent, milliseconds since the load began. */
	first: Array<{ sentMs: number; request: string; color: string }>;
}

const keptAnswers = 5;

/** When the first answer of this color arrived, milliseconds since the load began; undefined when none did. */
export function firstFrom(report: Pick<LoadReport, "samples">, color: string): number | undefined {
	const times = answersFrom(report.samples, color);
	return times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
}

/** When the last answer of this color arrived, milliseconds since the load began; undefined when none did. */
export function lastFrom(report: Pick<LoadReport, "samples">, color: string): number | undefined {
	const times = answersFrom(report.samples, color);
	return times.length === 0 ? undefined : times.reduce((a, b) => Math.max(a, b));
}

/**
 * Requests that were sent after `atMs` and answered by another color than `color`. Sent, not due: one that was due before
 * but waited for a connection until after `atMs` counts. So does a success that names no color, since nothing shows that
 * it was right; a failure without a color does not.
 * @param atMs milliseconds since the load began, such as a mark's time, which is exact to a millisecond.
 */
export function wrongColorAfter(
	report: Pick<LoadReport, "samples" | "templates">,
	atMs: number,
	color: string,
): WrongColor {
	const wrong = report.samples
		.filter((sample) => sentMs(sample) > atMs && sample.color !== color)
		.filter((sample) => sample.color !== "" || sample.kind === undefined)
		.sort((a, b) => sentMs(a) - sentMs(b));
	return {
		count: wrong.length,
		first: wrong.slice(0, keptAnswers).map((sample) => ({
			sentMs: sentMs(sample),
			request: report.templates[sample.template] ?? "?",
			color: sample.color || "none",
		})),
	};
}

/** When a request was handed to its connection, milliseconds since the load began. */
function sentMs({ startMs, lagUs, waitUs = 0 }: Sample): number {
	return startMs + (lagUs + waitUs) / 1000;
}

function answersFrom(samples: readonly Sample[], color: string): number[] {
	return samples
		.filter((sample) => sample.color === color)
		.map((sample) => sample.startMs + sample.latencyUs / 1000);
}
