import { readFileSync } from "node:fs";
import path from "node:path";
import { ensureEngine } from "../../../scripts/set-up/engine";
import { startedEngineFile } from "../../../scripts/set-up/engine/start";
import { cacheFolder } from "../../../scripts/set-up/paths";
import { engine, eventually } from "./docker";

/** Why the tests do not restart the Engine here. */
export const NOT_OURS =
	"this Docker Engine was not started by scripts/setup, and other work may run on it; RESTART_ENGINE=yes allows it";

/**
 * Process id of a Docker Engine that may be restarted: one that scripts/setup started, or any where RESTART_ENGINE=yes.
 */
export function restartableEngine(): number | undefined {
	const started = startedEngineFile(path.join(cacheFolder(), "dockerd.log"));
	return (
		dockerdIn(started) ??
		(process.env.RESTART_ENGINE === "yes" ? dockerdIn("/var/run/docker.pid") : undefined)
	);
}

/** Stops the Engine and starts it again. */
export async function restartEngine(pid: number): Promise<void> {
	process.kill(pid, "SIGTERM");
	await eventually("the Engine has stopped", 60_000, async () => !isRunning(pid));
	await ensureEngine(() => undefined);
	await eventually("the Engine answers", 60_000, async () => (await engine.api.ping()) !== undefined);
}

/** The process in a pid file, if it runs and is an Engine: the number may be somebody else's by now. */
function dockerdIn(file: string): number | undefined {
	try {
		const pid = Number(readFileSync(file, "utf8"));
		return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "dockerd" ? pid : undefined;
	} catch {
		return undefined;
	}
}

function isRunning(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}
