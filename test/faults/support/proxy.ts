import { execa } from "execa";
import type { LoadReport } from "../../../scripts/load";
import { engine, eventually } from "../../e2e/support/docker";
import type { TestStack } from "../../e2e/support/stack";

/** What the proxy's container has to do with the machine it runs on; for root on the Docker host itself. */

/** Kills Caddy from the host: Docker counts its own `kill` as a wish to stop, and would not start it again. */
export async function killCaddy(shop: TestStack): Promise<void> {
	const { State } = await engine.api.getContainer(shop.container("proxy")).inspect();
	process.kill(State.Pid, "SIGKILL");
}

/** Runs a command with the proxy's mounts. */
export async function amongMountsOf(shop: TestStack, ...command: string[]): Promise<void> {
	const { State } = await engine.api.getContainer(shop.container("proxy")).inspect();
	await execa("nsenter", ["--target", String(State.Pid), "--mount", "--", ...command], { timeout: 30_000 });
}

/** The folder of one of the proxy's volumes on the host. */
export async function volumeFolder(shop: TestStack, purpose: "config" | "switch"): Promise<string> {
	const { Mountpoint } = await engine.api.getVolume(shop.container(`proxy-${purpose}`)).inspect();
	return Mountpoint;
}

/** Waits until a path of the stack answers well. No single request may wait: a port that is just closing can swallow one. */
export async function answers(shop: TestStack, path = "/"): Promise<void> {
	await eventually(`${path} answers`, 60_000, async () => {
		const { ok } = await fetch(shop.url + path, { signal: AbortSignal.timeout(2_000) });
		return ok;
	});
}

/** Failures that a client sees of a server that is not there; an answer with a wrong status is none of them. */
export const CONNECTION_ERRORS = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "incomplete"];

/** When requests failed, in ms since the load began: those of the first and the last. */
export function gapOf(report: LoadReport): { fromMs: number; toMs: number } | undefined {
	const failed = report.samples.filter(({ kind }) => kind !== undefined).map(({ startMs }) => startMs);
	return failed.length === 0 ? undefined : { fromMs: Math.min(...failed), toMs: Math.max(...failed) };
}
