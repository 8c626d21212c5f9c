import type { Host } from "../host";
import { BlueGreen } from "../ways/blue-green";
import { type BenchLoad, goBack, measureRelease, type ReleaseRun } from "./release";

/** Two releases in turn: one whose replicas get requests before visitors come, and one whose visitors are the first. */
export interface LatencyPair {
	warmed: ReleaseRun;
	cold: ReleaseRun;
}

/** As many as a small shop has in a busy hour, and the minute before the release to compare with. */
export const LATENCY_LOAD: BenchLoad = { ratePerSecond: 1_000, secondsBefore: 60 };
/**
 * Light on purpose: the client, the shop and its databases share the machine, and where it has nothing to spare, what is
 * measured is its queue.
 */
const LIGHT_VISITS = [{ path: "/version", weight: 1 }];
const WARM_UP = { paths: LIGHT_VISITS.map(({ path }) => path), requests: 300, connections: 2 };

/** Releases under `LATENCY_LOAD`, with and without a warm-up; which of them is first changes from pair to pair. */
export async function measureLatency(
	host: Host,
	pairs: number,
	say: (line: string) => void,
): Promise<LatencyPair[]> {
	const warm = await BlueGreen.create(host, { what: "warmed", warmUp: WARM_UP });
	const cold = await BlueGreen.create(host, { what: "cold" });
	try {
		const urls = new Map([
			[warm, await warm.prepare()],
			[cold, await cold.prepare()],
		]);
		const release = async (way: BlueGreen) => {
			const url = urls.get(way) ?? "";
			const run = await measureRelease(way, url, host, LATENCY_LOAD, LIGHT_VISITS);
			if (run.problem !== undefined) throw new Error(run.problem);
			await goBack(way, url, host);
			delete run.timeline;
			return run;
		};
		const measured: LatencyPair[] = [];
		for (let pair = 0; pair < pairs; pair++) {
			say(`latency: pair ${pair + 1} of ${pairs}`);
			const runs = new Map<BlueGreen, ReleaseRun>();
			for (const way of pair % 2 === 0 ? [warm, cold] : [cold, warm]) runs.set(way, await release(way));
			measured.push({ warmed: runs.get(warm) as ReleaseRun, cold: runs.get(cold) as ReleaseRun });
		}
		return measured;
	} finally {
		await warm.cleanUp();
		await cold.cleanUp();
	}
}
