import { activate } from "../next";
import { durationText, indented } from "../report";
import type { OneShotEnd } from "./one-shot";
import type { ServingColor } from "./schema";
import type { MigrationInputs } from "./types";

/** What people read when a migration has not done what it should. */

/** The error for a command that has failed or was too slow. */
export function failureText(
	inputs: MigrationInputs,
	end: OneShotEnd,
	serving: ServingColor | undefined,
): string {
	const lines =
		end.lastLines.length === 0 ? ["It printed nothing."] : ["Its last lines:", indented(end.lastLines)];
	return [
		`${inputs.phase} of ${inputs.version} ${howItEnded(inputs, end)}.`,
		...lines,
		...outlook(inputs, serving),
	].join("\n");
}

function howItEnded(
	{ deadlineMs }: MigrationInputs,
	{ exitCode, durationMs, timedOut, outOfMemory }: OneShotEnd,
): string {
	if (timedOut)
		return `was stopped after ${durationText(durationMs)}: the deadline is ${durationText(deadlineMs)} (migrations.deadline)`;
	const memory = outOfMemory ? ", because it took more memory than migrations.resources.memoryMb" : "";
	return `failed after ${durationText(durationMs)} with exit code ${exitCode}${memory}`;
}

/** Who serves now, and the commands that come next. */
export function outlook(
	{ phase, color, version }: MigrationInputs,
	serving: ServingColor | undefined,
): string[] {
	const again = "Next: mend what it says, then: pulumi up (what has failed runs again)";
	if (phase !== "expand") {
		const goesOn = serving === undefined ? "" : `${serving.color} ${serving.version} serves, and goes on. `;
		return [`${goesOn}Nothing is removed before ${phase} of ${version} has succeeded.`, again];
	}
	if (serving === undefined) return ["Nothing serves yet.", again];
	if (serving.color === color) return [`${serving.color} ${serving.version} serves, and goes on.`, again];
	return [
		`No container of ${color} ${version} was started, and traffic was not moved: ${serving.color} ${serving.version} keeps serving.`,
		`${again}; a corrected image is another version: pulumi config set --path colors.${color}.version <version>`,
		`Or give up: ${activate(serving.color)}`,
	];
}
