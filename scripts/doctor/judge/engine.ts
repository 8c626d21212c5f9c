import { type Fact, type Finding, finding } from "../../../components/doctor/finding";
import { isAtLeast } from "../../set-up/versions";

/** What an Engine says of itself. */
export interface EngineVersion {
	readonly version: string;
	readonly apiVersion: string;
}

/** Whether the Engine answers and is new enough. @param where Its address: DOCKER_HOST, or the default. */
export function judgeEngine(engine: Fact<EngineVersion>, where: string, minimum: string): Finding {
	if ("why" in engine)
		return finding(
			"engine",
			"problem",
			`no Docker Engine answers at ${where}: ${engine.why}`,
			wayTo(where, engine.why),
		);
	const { version, apiVersion } = engine.known;
	const text = `Docker Engine ${version} (API ${apiVersion}) at ${where}`;
	if (isAtLeast(version, minimum)) return finding("engine", "ok", text);
	if (!/^\d+\.\d+\.\d+/.test(version))
		return finding("engine", "unknown", `${text}: whether that is ${minimum} or newer cannot be told`);
	return finding(
		"engine",
		"problem",
		`${text}; ${minimum} or newer is needed`,
		"upgrade it: https://docs.docker.com/engine/install/",
	);
}

function wayTo(where: string, why: string): string {
	if (!where.startsWith("unix://")) return `docker --host ${where} version`;
	// Docker's socket is there, but for root and for members of its group.
	if (/EACCES|permission denied/.test(why)) return "sudo usermod -aG docker $USER, then log in again";
	return "sudo systemctl start docker; where none is installed: scripts/setup";
}
