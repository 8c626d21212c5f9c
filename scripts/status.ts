/** `npm run status`: what is, beside what Pulumi's state says. */
import { setTimeout as pause } from "node:timers/promises";
import { CommanderError } from "commander";
import { exitCodeOf, STATUS_EXIT, type StatusReport } from "../components/runtime/status/report";
import { EXIT, onInterrupt, reportError, stackCommand } from "./lib/command";
import { durationOption } from "./lib/duration";
import { paintFor } from "./lib/paint";
import { statusJson } from "./status/json";
import { renderLine, renderStatus } from "./status/render";
import { StatusReports } from "./status/report";
import { lookAtStack } from "./status/stack";

interface Options {
	stack?: string;
	json?: true;
	watch?: true;
	interval: number;
}

const program = stackCommand(
	"status",
	"Shows what runs and who gets traffic, beside what Pulumi's state says; differences are marked. Changes nothing, and works while an `up` runs.",
)
	.option("--json", "print facts as JSON; with --watch a line for each look")
	.option("--watch", "look again and again, until ^C; without a terminal a line for each look")
	.option(
		"--interval <time>",
		"with --watch: from one look to the next",
		durationOption(500, 3_600_000),
		2_000,
	)
	.addHelpText(
		"after",
		`
Exit code: ${STATUS_EXIT.well} all is well; ${STATUS_EXIT.illOrDrifted} something is ill, or differs from the state; ${EXIT.wrongUse} wrong use; ${STATUS_EXIT.unknown} it cannot be told, because Docker or the state could not be read.`,
	)
	.action(async ({ stack: wanted, json, watch, interval }: Options) => {
		const reports = new StatusReports(await lookAtStack(wanted));
		try {
			if (watch) await watchStatus(reports, json === true, interval, onInterrupt());
			else {
				const report = await reports.next();
				console.log(json ? JSON.stringify(statusJson(report), null, "\t") : screen(report));
				process.exitCode = exitCodeOf(report);
			}
		} finally {
			reports.close();
		}
	});

/** Until it is interrupted; the exit code is that of the last look. */
async function watchStatus(
	reports: StatusReports,
	json: boolean,
	intervalMs: number,
	signal: AbortSignal,
): Promise<void> {
	const draws = process.stdout.isTTY && !json;
	// Not a plain import: it cannot be loaded by require(), which is what that would become.
	const { default: drawn } = await import("log-update");
	while (!signal.aborted) {
		const report = await reports.next();
		process.exitCode = exitCodeOf(report);
		if (draws) drawn(`${screen(report)}\n\nEvery ${intervalMs / 1_000} s, until ^C.`);
		else console.log(json ? JSON.stringify(statusJson(report)) : renderLine(report));
		await pause(intervalMs, undefined, { signal }).catch(() => undefined);
	}
	if (draws) drawn.done();
}

function screen(report: StatusReport): string {
	return renderStatus(report, paintFor(process.stdout));
}

program.parseAsync().catch((error: unknown) => {
	reportError(error);
	// What could not be looked at is neither well nor ill.
	if (!(error instanceof CommanderError)) process.exitCode = STATUS_EXIT.unknown;
});
