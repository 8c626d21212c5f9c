import type { Probe } from "../../plan/observation";
import { askCommand } from "../checks/command-check";
import { withoutToken } from "../checks/run";
import type { Subject, Way } from "../checks/types";
import type { CheckResult } from "./repeated";

/** A command as a check of the watch: an exit code other than 0 speaks against the color, and so does one that does not end. */
export function probeCheck(
	subject: Subject,
	way: Way,
	{ command, service, deadlineMs }: Probe,
): { what: string; run: () => Promise<CheckResult> } {
	const name = command.join(" ");
	const check = { name, command, deadlineMs, ...(service !== undefined && { service }) };
	const run = async (): Promise<CheckResult> => {
		const fault = await askCommand(subject, way, check);
		if (fault === undefined) return { state: "well" };
		return { state: "breach", text: withoutToken(`the probe ${fault.text}`, way.token) };
	};
	return { what: `the probe ${name}`, run };
}
