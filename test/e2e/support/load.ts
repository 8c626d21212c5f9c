import { type LoadReport, startLoad, VISITS } from "../../../scripts/load";

/** Kept alive; one more opened means that one was lost. */
export const CONNECTIONS = 50;

/** Runs `work` under a steady load of visits to the shop; the report covers from a second before it until a second after. */
export async function underLoad<T>(
	url: string,
	work: () => Promise<T>,
	ratePerSecond = 100,
	requests = VISITS,
): Promise<{ value: T; report: LoadReport }> {
	const load = startLoad({ url, ratePerSecond, connections: CONNECTIONS, requests, maxSeconds: 300 });
	await load.ready;
	await pause(1_000);
	try {
		const value = await work();
		await pause(1_000);
		return { value, report: await load.stop() };
	} catch (error) {
		await load.stop();
		throw error;
	}
}

export function pause(ms: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, ms));
}
