import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { exec } from "../../components/runtime/docker/exec";
import { run } from "../lib/run";
import type { Compose } from "../set-up/compose";
import type { Host } from "./host";
import type { Machine } from "./results";

/** What the benchmark runs on, to be asked before it begins; nothing that names the machine. */
export function machineFacts(): Machine {
	const named = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
	return {
		processor: cpus()[0]?.model.trim() ?? "unknown",
		cores: cpus().length,
		memoryGiB: Math.round(totalmem() / 2 ** 30),
		system: named ?? process.platform,
		kernel: release(),
		loadBefore: loadavg()[0] ?? Number.NaN,
	};
}

/** @returns the versions of all that takes part, by name; asked of the programs themselves. */
export async function versionsOf(
	host: Host,
	nginxImage: string,
	compose: Compose,
): Promise<Record<string, string>> {
	const ask = async (container: string, image: string, ...command: string[]) => {
		await host.docker("run", "--detach", "--name", container, "--label", "blue-green.bench=versions", image);
		const { stdout, stderr } = await exec(host.engine, container, command);
		return /\d+\.\d+(\.\d+)*/.exec(stdout + stderr)?.[0] ?? "unknown";
	};
	try {
		const { Version: engine } = await host.engine.api.version();
		const pulumi = await run("pulumi", ["version"], { what: "pulumi version" });
		const { caddy, redis } = host.images;
		return {
			"Docker Engine": engine,
			Caddy: await ask("bench-version-caddy", caddy, "caddy", "version"),
			nginx: await ask("bench-version-nginx", nginxImage, "nginx", "-v"),
			"Docker Compose": `${compose.version}${compose.source === "built" ? " (built from its Go module)" : ""}`,
			Pulumi: pulumi.replace(/^v/, ""),
			"Node.js (client and Pulumi program)": process.version.slice(1),
			Redis: await ask("bench-version-redis", redis, "redis-server", "--version"),
			PostgreSQL: await askOnce(host, "postgres", "--version"),
		};
	} finally {
		await host.removeWay("versions");
	}
}

async function askOnce(host: Host, ...command: string[]): Promise<string> {
	const { stdout } = await exec(host.engine, "bench-postgres", command);
	return /\d+\.\d+(\.\d+)*/.exec(stdout)?.[0] ?? "unknown";
}
