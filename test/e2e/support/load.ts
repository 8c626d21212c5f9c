import { type Load, type LoadOptions, type LoadReport, startLoad, VISITS } from "../../../scripts/load";

/** Kept alive; one more opened means that one was lost. */
export const CONNECTIONS = 50;

/**
 * Runs `work` under a steady load of visits to the shop; the report covers from a second before it until a second after.
 *
 * @param options what differs from 100 plain visits a second for at most five minutes.
 */
export async function underLoad<T>(
	url: string,
	work: (load: Load) => Promise<T>,
	options: Partial<LoadOptions> = {},
): Promise<{ value: T; report: LoadReport }> {
	const load = startLoad({
		url,
		ratePerSecond: 100,
		connections: CONNECTIONS,
		requests: VISITS,
		maxSeconds: 300,
		...options,
	});
	await load.ready;
	await pause(1_000);
	try {
		const value = await work(load);
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
