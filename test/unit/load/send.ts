import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LoadOptions, type LoadReport, startLoad } from "../../../scripts/load";

/** Exactly `count` requests at 100/s. */
export async function sendExactly(
	count: number,
	options: Omit<LoadOptions, "maxSeconds">,
): Promise<LoadReport> {
	const ratePerSecond = options.ratePerSecond ?? 100;
	const folder = mkdtempSync(join(tmpdir(), "load-test-"));
	const recordFile = join(folder, "record.jsonl");
	const load = startLoad({
		...options,
		ratePerSecond,
		recordFile,
		maxSeconds: (count + 0.5) / ratePerSecond,
	});
	await load.ended;
	const report = await load.stop();
	rmSync(folder, { recursive: true });
	return report;
}

/** How many requests failed, by kind. */
export function kinds(report: LoadReport): Record<string, number> {
	return Object.fromEntries(Object.entries(report.failures).map(([kind, { count }]) => [kind, count]));
}
