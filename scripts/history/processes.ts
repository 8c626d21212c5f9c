import { hostname } from "node:os";
import type { SwitchEntry } from "../../components/runtime/switch-history/entry";

/** A number of a process is given again when it is over: longer than this no switch runs. */
const LONGEST_MS = 24 * 3_600_000;

/** Whether the process that began an attempt still runs; undefined: it was on another machine. */
export function stillRuns({ process: { host, pid }, startedAt }: SwitchEntry): boolean | undefined {
	if (host !== hostname()) return undefined;
	if (Date.now() - Date.parse(startedAt) > LONGEST_MS) return false;
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === "EPERM";
	}
}
