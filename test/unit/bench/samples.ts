import type { LoadReport } from "../../../scripts/load";
import { summarize } from "../../../scripts/load";

/** Requests of one color at a fixed distance from each other. */
interface Phase {
	fromMs: number;
	toMs: number;
	everyMs?: number;
	color?: string;
	latencyMs?: number;
	kind?: string;
}

/** The report of a load that went as the phases say. */
export function reportOf(...phases: Phase[]): LoadReport {
	const samples = phases.flatMap(({ fromMs, toMs, everyMs = 10, color = "", latencyMs = 2, kind }) =>
		Array.from({ length: (toMs - fromMs) / everyMs }, (_, index) => ({
			startMs: fromMs + index * everyMs,
			latencyUs: latencyMs * 1000,
			lagUs: 100,
			template: 0,
			status: kind === undefined ? 200 : 0,
			color,
			...(kind !== undefined && { kind, detail: "for the test" }),
		})),
	);
	return summarize({
		header: { startedAtMs: 0, ratePerSecond: 100, templates: ["GET /"] },
		samples,
		marks: [],
		streams: [],
		end: {
			by: "stop",
			scheduleMs: Math.max(...phases.map(({ toMs }) => toMs)),
			connectionsOpened: 50,
			connectionsReopened: 0,
		},
	});
}
