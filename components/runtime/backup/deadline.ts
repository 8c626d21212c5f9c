import { durationText, StepError } from "../report";

/** @throws StepError where `work` takes longer, or `stop` was given; what it began goes on until its container is removed. */
export async function withinDeadline<T>(
	work: Promise<T>,
	deadlineMs: number,
	stop?: AbortSignal,
): Promise<T> {
	const late = AbortSignal.timeout(deadlineMs);
	const either = stop === undefined ? late : AbortSignal.any([late, stop]);
	const cut = new Promise<never>((_, reject) => {
		either.addEventListener("abort", () => {
			reject(new StepError(stop?.aborted ? "it was interrupted" : lateText(deadlineMs)));
		});
	});
	// What still fails when its container is gone has nobody who waits for it.
	work.catch(() => undefined);
	return Promise.race([work, cut]);
}

function lateText(deadlineMs: number): string {
	const next =
		"allow more (pulumi config set --path backups.deadline <duration>), or see what the database is busy with";
	return `it was not done within ${durationText(deadlineMs)}.\nNext: ${next}`;
}
