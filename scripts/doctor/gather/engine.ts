import type { Fact } from "../../../components/doctor/finding";
import type { Needs } from "../../../components/doctor/needs";
import { portProblems, type WantedPort, wantedPorts } from "../../../components/proxy/port";
import { call, dockerHost, isHere } from "../../../components/runtime/docker/call";
import { peekContainers, peekRun } from "../../../components/runtime/docker/peek";
import { factOf } from "../../../components/runtime/host-facts";
import type { Settings } from "../../../components/settings/schema";
import type { EngineVersion } from "../judge/engine";
import type { SeenPorts } from "../judge/ports";

/** Longest time for one answer of Docker's. */
export const DOCKER_MS = 5_000;

export function engineVersion(): Promise<Fact<EngineVersion>> {
	const asked = ask<{ Version: string; ApiVersion: string }>("/version?");
	return factOf(asked.then(({ Version, ApiVersion }) => ({ version: Version, apiVersion: ApiVersion })));
}

/** How far the Engine's clock is ahead of this machine's, in ms. */
export function engineClock(): Promise<Fact<number>> {
	const asked = async () => {
		const start = Date.now();
		const { SystemTime } = await ask<{ SystemTime: string }>("/info?");
		// It was read somewhere between question and answer.
		return Date.parse(SystemTime) - (start + Date.now()) / 2;
	};
	return factOf(asked());
}

/** What `caddy version` prints in the proxy. */
export function runningCaddy(proxy: string): Promise<Fact<string>> {
	const asked = async () => {
		const { stdout, stderr, exitCode } = await peekRun(proxy, ["caddy", "version"], DOCKER_MS);
		if (exitCode !== 0) throw new Error(`caddy version in ${proxy} failed: ${stderr || stdout}`);
		return stdout;
	};
	return factOf(asked());
}

/** Memory that those of the needed containers take which are there, in bytes by name; without those that do not tell. */
export async function memoryUse(needs: Needs, present: readonly string[]): Promise<Record<string, number>> {
	const names = needs.containers.map(({ container }) => container).filter((name) => present.includes(name));
	const uses = await Promise.all(names.map(async (name) => [name, await factOf(useOf(name))] as const));
	return Object.fromEntries(
		uses.flatMap(([name, use]) => ("known" in use && use.known > 0 ? [[name, use.known] as const] : [])),
	);
}

/** As `docker stats` counts: without the files that could be dropped from memory. */
async function useOf(container: string): Promise<number> {
	const { memory_stats: memory } = await ask<{
		memory_stats: { usage?: number; stats?: { inactive_file?: number; total_inactive_file?: number } };
	}>(`/containers/${encodeURIComponent(container)}/stats?stream=false&one-shot=true`);
	const files = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
	return Math.max(0, (memory.usage ?? 0) - files);
}

/** @param stack As on the label `blue-green.stack`. */
export function seePorts(settings: Settings, stack: string): Promise<Fact<SeenPorts>> {
	const asked = async () => {
		const own = (await peekContainers(stack)).flatMap(({ published }) => published);
		const wanted = [...new Set(wantedPorts(settings).map(addressOf))];
		const seen = { wanted, own: wanted.filter((address) => own.includes(address)) };
		return isHere() ? { ...seen, taken: await portProblems(settings, own, dockerHost()) } : seen;
	};
	return factOf(asked());
}

function addressOf({ address, port }: WantedPort): string {
	return `${address}:${port}`;
}

async function ask<T>(path: string): Promise<T> {
	const { status, body } = await call("GET", path, DOCKER_MS);
	if (status !== 200) throw new Error(`Docker answered ${status}: ${body.toString("utf8").trim()}`);
	return JSON.parse(body.toString("utf8")) as T;
}
