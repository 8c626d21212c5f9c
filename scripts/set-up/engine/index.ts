import { existsSync } from "node:fs";
import path from "node:path";
import { Problem } from "../../lib/problem";
import { cacheFolder, type Report } from "../paths";
import { isAtLeast, versions } from "../versions";
import { canInstallEngine, installCommand, installEngine } from "./install";
import { type Probe, probeEngine } from "./probe";
import { installedEngine, startEngine } from "./start";

export interface Engine {
	version: string;
	/** What had to be done for it. */
	origin: "running" | "started" | "installed";
}

/**
 * Sees to it that a Docker Engine answers: a running one, else an installed one is started, else Debian's is installed.
 *
 * @throws Problem that says what to install or start where this program may not.
 */
export async function ensureEngine(report: Report): Promise<Engine> {
	const running = await probeEngine();
	if (running.failure === undefined) return checked({ version: running.version, origin: "running" });
	const host = process.env.DOCKER_HOST;
	if (host) {
		throw new Problem(
			`No Docker Engine answers at DOCKER_HOST=${host}: ${running.failure}\n` +
				"Start it, or `unset DOCKER_HOST` to use the one of this machine, and run scripts/setup again.",
		);
	}
	refuseWithoutRights(running);
	const installed = installedEngine();
	if (!installed) await installHere(report);
	// A package may have started it already.
	const probe = installed ? running : await probeEngine();
	const origin = installed ? "started" : "installed";
	if (probe.failure === undefined) return checked({ version: probe.version, origin });
	const dockerd = installed ?? installedEngine();
	if (!dockerd)
		throw new Problem("Docker Engine was installed, but there is no dockerd in PATH or /usr/sbin.");
	const logFile = path.join(cacheFolder(), "dockerd.log");
	return checked({ ...(await startEngine(dockerd, { logFile, report })), origin });
}

async function installHere(report: Report): Promise<void> {
	if (canInstallEngine()) return installEngine(report);
	throw new Problem(
		existsSync("/usr/bin/apt-get")
			? `There is no Docker Engine here. Install it as root, and run scripts/setup again:\n  sudo ${installCommand}`
			: "There is no Docker Engine here. Install it (https://docs.docker.com/engine/install/), start it, and run scripts/setup again.",
	);
}

/** Says what a person without root's rights has to do, which this program cannot do for them. */
function refuseWithoutRights({ failure, code }: Extract<Probe, { failure: string }>): void {
	if (code === "EACCES") {
		throw new Problem(
			`Docker Engine runs, but you may not use it: ${failure}\n` +
				"Join its group, log in again, and run scripts/setup again:\n  sudo usermod -aG docker $USER",
		);
	}
	if (installedEngine() && process.getuid?.() !== 0) {
		throw new Problem(
			`Docker Engine is installed but does not answer: ${failure}\n` +
				"Start it, and run scripts/setup again:\n  sudo systemctl start docker",
		);
	}
}

function checked(engine: Engine): Engine {
	const { minimum } = versions.engine;
	if (isAtLeast(engine.version, minimum)) return engine;
	throw new Problem(`Docker Engine ${engine.version} is too old: ${minimum} or newer is needed. Upgrade it.`);
}
