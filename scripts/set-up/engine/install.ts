import { existsSync } from "node:fs";
import { run } from "../../lib/run";
import type { Report } from "../paths";

const packages = ["docker.io", "iptables"];

/** The command that a person runs where this program may not. */
export const installCommand = `apt-get install --no-install-recommends ${packages.join(" ")}`;

/** @returns whether `installEngine` can work here: Debian's package manager, and the right to use it. */
export function canInstallEngine(): boolean {
	return existsSync("/usr/bin/apt-get") && process.getuid?.() === 0;
}

/**
 * Installs Debian's Docker Engine, without questions.
 *
 * @throws Problem with apt's last lines.
 */
export async function installEngine(report: Report): Promise<void> {
	report(`installing Docker Engine from Debian's packages (${packages.join(", ")}): about a minute`);
	try {
		await install();
	} catch {
		// The lists of a new machine are empty or name packages that are gone.
		report("fetching the lists of packages (apt-get update), then once more");
		await apt(["update"]);
		await install();
	}
}

function install(): Promise<string> {
	return apt(["install", "--yes", "--no-install-recommends", ...packages]);
}

function apt(args: readonly string[]): Promise<string> {
	return run("apt-get", ["--quiet", "-o", "DPkg::Lock::Timeout=120", ...args], {
		what: "Installing Docker Engine",
		timeoutMs: 600_000,
		env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
		next: "Mend that, or install a Docker Engine yourself (https://docs.docker.com/engine/install/), and run scripts/setup again.",
	});
}
