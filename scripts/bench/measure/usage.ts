import type { Engine } from "../../../components/runtime/docker/engine";

export interface Usage {
	/** As `docker stats` shows it: without the part of the page cache that can be dropped at once. */
	memoryBytes: number;
	/** Processor time since the container started, user and system. */
	cpuNs: number;
}

/** What a container uses, from its control group by way of Docker. */
export async function usageOf(engine: Engine, container: string): Promise<Usage> {
	const { memory_stats: memory, cpu_stats: cpu } = await engine.api
		.getContainer(container)
		.stats({ stream: false, "one-shot": true });
	// The first name is that of control groups 2, the other that of 1.
	const counters = memory.stats as Partial<Record<string, number>>;
	const cache = counters.inactive_file ?? counters.total_inactive_file ?? 0;
	return { memoryBytes: memory.usage - cache, cpuNs: cpu.cpu_usage.total_usage };
}

/** Looks at a container's memory four times a second, until `stop()`, which says the most that it saw. */
export function watchMemory(engine: Engine, container: string): { stop(): Promise<number> } {
	let most = 0;
	let running = true;
	const watching = (async () => {
		while (running) {
			const { memoryBytes } = await usageOf(engine, container);
			most = Math.max(most, memoryBytes);
			await new Promise((resolve) => setTimeout(resolve, 250));
		}
	})();
	// Whoever starts this may fail before it stops it.
	watching.catch(() => undefined);
	return {
		stop: async () => {
			running = false;
			await watching;
			return most;
		},
	};
}
