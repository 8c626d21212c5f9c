import type { WarmUp } from "../plan/types";
import type { Engine } from "./docker/engine";
import { TunnelAgent } from "./docker/tunnel";
import { http } from "./http";
import { messageOf, sleep } from "./report";
import type { Target } from "./steps";

/** What became of the warm-up's requests. */
export interface WarmedUp {
	readonly sent: number;
	/** Answers of 500 and above, and requests without an answer. */
	readonly failed: number;
	/** The last of those, for people. */
	readonly lastFailure?: string;
}

/**
 * Sends each replica the requests that its service names for it, evenly over their time, before any visitor comes: the
 * first hundreds of requests are the slow ones (code that is not compiled yet, connections to databases that are not open
 * yet), and at a switch they would all be visitors'.
 *
 * Never throws, and never fails a release: whether a replica is ready is the gate's to say.
 *
 * @param vantage Container from whose network the requests are made.
 */
export async function warmUp(
	engine: Engine,
	vantage: string,
	targets: readonly Target[],
	timeoutMs: number,
): Promise<WarmedUp> {
	const lanes = targets.flatMap(({ container, warmUp: plan }) =>
		plan === undefined
			? []
			: Array.from({ length: plan.connections }, (_, lane) =>
					runLane(engine, vantage, container, plan, lane, timeoutMs),
				),
	);
	const ended = await Promise.all(lanes);
	const lastFailure = ended.map((lane) => lane.lastFailure).find((failure) => failure !== undefined);
	return {
		sent: ended.reduce((sum, { sent }) => sum + sent, 0),
		failed: ended.reduce((sum, { failed }) => sum + failed, 0),
		...(lastFailure !== undefined && { lastFailure }),
	};
}

/** One connection's share: every so-manyth request, each when it is due or as soon as the one before is answered. */
async function runLane(
	engine: Engine,
	vantage: string,
	host: string,
	{ port, paths, requests, connections, withinMs }: WarmUp,
	lane: number,
	timeoutMs: number,
): Promise<WarmedUp> {
	const agent = new TunnelAgent(engine, vantage);
	const start = performance.now();
	let sent = 0;
	let failed = 0;
	let lastFailure: string | undefined;
	try {
		for (let index = lane; index < requests; index += connections) {
			await sleep(Math.max(0, (index / requests) * withinMs - (performance.now() - start)));
			// An application that is slow while it is cold must not hold up the release.
			if (performance.now() - start > withinMs + timeoutMs) break;
			const path = paths[index % paths.length] ?? "/";
			sent++;
			const failure = await http({ host, port, path, timeoutMs, agent }).then(
				({ status }) => (status >= 500 ? `answered ${status}` : undefined),
				messageOf,
			);
			if (failure === undefined) continue;
			failed++;
			lastFailure = `${host}: GET ${path} ${failure}`;
		}
	} finally {
		agent.destroy();
	}
	return { sent, failed, ...(lastFailure !== undefined && { lastFailure }) };
}
