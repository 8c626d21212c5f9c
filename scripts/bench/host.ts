import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { LABEL as STACK_LABEL } from "../../components/plan/names";
import { Engine } from "../../components/runtime/docker/engine";
import type { LocalImages } from "../images/build";
import { Problem } from "../lib/problem";
import { run } from "../lib/run";

/** On every container and network that the benchmark makes outside of Pulumi stacks; its value is the way's name. */
export const BENCH_LABEL = "blue-green.bench";
/** The names of the benchmark's Pulumi stacks begin so. */
export const STACK_PREFIX = "bench-";

/** The machine as the benchmark uses it: the docker command, images, and a folder for files. */
export class Host {
	readonly engine = new Engine();

	/**
	 * @param folder for files that containers mount or commands read; removed with everything else.
	 * @param signal ends whatever runs.
	 */
	constructor(
		readonly images: LocalImages,
		readonly folder: string,
		readonly signal: AbortSignal,
	) {}

	/** Runs `docker <args>`, at most two minutes. @throws Problem with what it said. */
	docker(...args: string[]): Promise<string> {
		return run("docker", args, {
			what: `docker ${args[0]}`,
			timeoutMs: 120_000,
			signal: this.signal,
		});
	}

	/** @throws when interrupted. */
	async pause(ms: number): Promise<void> {
		await sleep(ms, undefined, { signal: this.signal });
	}

	/** Asks every 100 ms until `probe` says yes. @throws Problem that says what did not happen within `deadlineMs`. */
	async until(what: string, deadlineMs: number, probe: () => Promise<boolean>): Promise<void> {
		const end = performance.now() + deadlineMs;
		while (!(await probe())) {
			if (performance.now() > end) throw new Problem(`${what}: not within ${deadlineMs / 1000} s`);
			await this.pause(100);
		}
	}

	/** Waits until a container answers its health path, asked from inside another container. */
	async untilReady(container: string, from: string, command: readonly string[]): Promise<void> {
		await this.until(`${container} answers /health`, 60_000, () =>
			this.docker("exec", from, ...command, `http://${container}:3000/health`).then(
				() => true,
				(error: unknown) => {
					if (this.signal.aborted) throw error;
					return false;
				},
			),
		);
	}

	/** The address on which a container publishes its port 80. */
	async publishedUrl(container: string): Promise<string> {
		return `http://${(await this.docker("port", container, "80/tcp")).trim()}`;
	}

	/** Removes all containers, networks and volumes that the benchmark made, of interrupted runs too. */
	async removeEverything(): Promise<void> {
		await this.remove((labels) => labels[BENCH_LABEL] !== undefined);
		await this.remove((labels) => stackOf(labels)?.startsWith(STACK_PREFIX) ?? false);
	}

	/** Removes what one way made. */
	removeWay(name: string): Promise<void> {
		return this.remove((labels) => labels[BENCH_LABEL] === name);
	}

	/** Removes a Pulumi stack's containers, networks and volumes; its state is a temporary folder and goes with it. */
	removeStack(name: string): Promise<void> {
		return this.remove((labels) => stackOf(labels) === name);
	}

	private async remove(mine: (labels: Record<string, string>) => boolean): Promise<void> {
		const { api } = this.engine;
		const containers = await api.listContainers({ all: true });
		await Promise.all(
			containers
				.filter(({ Labels }) => mine(Labels))
				.map(({ Id }) => gone(() => api.getContainer(Id).remove({ force: true, v: true }))),
		);
		const networks = await api.listNetworks();
		for (const { Id, Labels } of networks)
			if (mine(Labels ?? {})) await gone(() => api.getNetwork(Id).remove());
		const { Volumes: volumes } = await api.listVolumes();
		for (const { Name, Labels } of volumes ?? [])
			if (mine(Labels ?? {})) await gone(() => api.getVolume(Name).remove());
	}
}

/** The stack that a label such as "shop/bench-release" names. */
function stackOf(labels: Record<string, string>): string | undefined {
	return labels[STACK_LABEL.stack]?.split("/")[1];
}

/**
 * Removes one thing, or sees that it is gone. What an interrupted command is still at work on (409), or still uses (403),
 * is asked again for ten seconds; not by the signal, because an interrupted benchmark cleans up too.
 */
async function gone(remove: () => Promise<unknown>): Promise<void> {
	const end = performance.now() + 10_000;
	for (;;) {
		try {
			await remove();
			return;
		} catch (error) {
			const { statusCode } = error as { statusCode?: number };
			if (statusCode === 404) return;
			if ((statusCode !== 409 && statusCode !== 403) || performance.now() > end) throw error;
		}
		await sleep(200);
	}
}

/** A port of the loopback that nothing listens on. */
export async function freePort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as { port: number };
	server.close();
	await once(server, "close");
	return port;
}
