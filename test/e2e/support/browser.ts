import { existsSync } from "node:fs";
import { execa } from "execa";
import { type Browser, chromium } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";

/** Headless Chromium from the package manager; installed on the first use where that is allowed. */
export async function openBrowser(): Promise<Browser> {
	if (!existsSync(CHROMIUM)) await install();
	return chromium.launch({
		executablePath: CHROMIUM,
		// No sandbox: it does not start as root. The rest keeps it from looking for Google's servers.
		args: [
			"--no-sandbox",
			"--disable-gpu",
			"--disable-quic",
			"--no-first-run",
			"--disable-background-networking",
			"--disable-component-update",
			"--disable-sync",
		],
	});
}

async function install(): Promise<void> {
	if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) {
		throw new Error(`The browser test needs ${CHROMIUM}: sudo apt-get install chromium`);
	}
	console.log("installing Chromium from the package manager, for the browser test: about a minute");
	const env = { DEBIAN_FRONTEND: "noninteractive" };
	const packages = ["install", "--yes", "--no-install-recommends", "chromium"];
	const first = await execa("apt-get", packages, { env, reject: false, timeout: 300_000 });
	if (!first.failed) return;
	await execa("apt-get", ["update"], { timeout: 120_000 });
	await execa("apt-get", packages, { env, timeout: 300_000 });
}
