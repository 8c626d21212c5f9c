import type { Color } from "../settings/schema";
import type { Engine } from "./docker/engine";
import { counted, type InFlightByReplica } from "./in-flight";
import { messageOf, type Reporter } from "./report";

/**
 * Closes the streams of a drained color that stays on standby, by a restart of the replicas that hold them: SIGTERM and
 * the container's own grace, in which an application says goodbye (a WebSocket's 1001, the end of an event stream) and
 * finishes what requests it has. Nothing but the application can end a stream cleanly without touching the other color.
 * Their clients connect again, to the color that serves.
 *
 * @returns how many streams the restarted replicas held.
 */
export async function closeStreams(
	engine: Engine,
	color: Color,
	replicas: InFlightByReplica,
	report: Reporter,
): Promise<number> {
	const holding = [...replicas].filter(([, { streams }]) => streams > 0);
	const closed = await Promise.all(
		holding.map(async ([container, { streams }]) => {
			try {
				await engine.restart(container);
				report.info(
					`${counted(streams, "stream")} on ${container} closed, by a restart of this standby replica`,
				);
				return streams;
			} catch (error) {
				report.warn(
					`${counted(streams, "stream")} on ${container} (${color}) stay open: it could not be restarted: ${messageOf(error)}`,
				);
				return 0;
			}
		}),
	);
	return closed.reduce((sum, streams) => sum + streams, 0);
}
