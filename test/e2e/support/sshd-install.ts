import { existsSync, rmSync, writeFileSync } from "node:fs";
import { run } from "../../../scripts/lib/run";
import { canInstallEngine } from "../../../scripts/set-up/engine/install";

/** Where Debian and most others have it; only root's PATH has it as well. */
export const SSHD = "/usr/sbin/sshd";

/** Debian asks it whether a service may be started that was just installed. */
const POLICY = "/usr/sbin/policy-rc.d";

/**
 * Sees that there is an OpenSSH server. One that is installed here is not started: a test starts its own, on 127.0.0.1.
 * @throws Error that says what to install, where this may not.
 */
export async function ensureSshd(): Promise<void> {
	if (existsSync(SSHD)) return;
	if (!canInstallEngine()) throw new Error(`there is no ${SSHD}: apt-get install openssh-server, as root`);
	const ours = !existsSync(POLICY);
	if (ours) writeFileSync(POLICY, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
	try {
		await install().catch(async () => {
			await apt("update");
			await install();
		});
	} finally {
		if (ours) rmSync(POLICY);
	}
}

function install(): Promise<string> {
	return apt("install", "--yes", "--no-install-recommends", "openssh-client", "openssh-server");
}

function apt(...args: string[]): Promise<string> {
	return run("apt-get", ["--quiet", "-o", "DPkg::Lock::Timeout=120", ...args], {
		what: "installing OpenSSH for the tests",
		timeoutMs: 300_000,
		env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
	});
}
