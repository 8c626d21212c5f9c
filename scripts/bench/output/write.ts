import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { BenchResults } from "../results";
import { documentOf } from "./document";
import { plot } from "./plot";
import { latencyTable, noOpTable, stageTable, throughputTable, upTable, waysTable } from "./tables";

/**
 * Prints the tables and writes benchmarks.md, benchmarks.json and, where a way was measured, benchmarks.svg.
 *
 * @returns the files' paths.
 */
export function writeResults(results: BenchResults, folder: string): string[] {
	for (const text of tablesOf(results)) console.log(`\n${text}`);
	mkdirSync(folder, { recursive: true });
	const files: Record<string, string> = {
		"benchmarks.md": documentOf(results),
		"benchmarks.json": `${JSON.stringify(results, null, "\t")}\n`,
	};
	const panels = results.ways.flatMap(({ title, runs }) => {
		const timeline = runs.find((run) => run.timeline !== undefined)?.timeline;
		return timeline === undefined ? [] : [{ title, timeline }];
	});
	if (panels.length > 0) files["benchmarks.svg"] = plot(panels);
	return Object.entries(files).map(([name, content]) => {
		const file = path.join(folder, name);
		writeFileSync(file, content);
		return file;
	});
}

function tablesOf({ ways, latency, upTimes, noOp = [], throughput }: BenchResults): string[] {
	return [
		...(ways.length > 0 ? [waysTable(ways)] : []),
		...(latency.length > 0 ? [latencyTable(latency)] : []),
		...(upTimes.length > 0 ? [upTable(upTimes), stageTable(upTimes)] : []),
		...(noOp.length > 0 ? [noOpTable(noOp)] : []),
		...(throughput.length > 0 ? [throughputTable(throughput)] : []),
	];
}
