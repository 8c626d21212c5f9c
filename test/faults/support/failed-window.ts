import type { LoadReport } from "../../../scripts/load";

export interface FailedWindow {
	/** Colors that gave the answers that failed; "" for a request without an answer. */
	readonly colors: readonly string[];
	/** Templates of the requests that failed, such as `POST /api/orders`. */
	readonly requests: readonly string[];
	/** From when the first failed request was due to when the last one had failed; 0 where none failed. */
	readonly lengthMs: number;
}

/** When and where requests failed. */
export function failedWindow(report: Pick<LoadReport, "samples" | "templates">): FailedWindow {
	const failed = report.samples.filter(({ kind }) => kind !== undefined);
	const ends = failed.map(({ startMs, latencyUs }) => startMs + latencyUs / 1_000);
	const starts = failed.map(({ startMs }) => startMs);
	return {
		colors: [...new Set(failed.map(({ color }) => color))],
		requests: [...new Set(failed.map(({ template }) => report.templates[template] ?? "?"))].sort(),
		lengthMs: failed.length === 0 ? 0 : Math.max(...ends) - Math.min(...starts),
	};
}
