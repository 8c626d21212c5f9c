import { containerOf, streamAddress } from "../proxy/upstream";
import type { CaddyAdmin } from "./caddy/admin";
import type { InFlight } from "./steps";

/** What is in flight on each replica, by the name of its container. */
export type InFlightByReplica = ReadonlyMap<string, InFlight>;

/** @throws Error where Caddy cannot be asked: then the count is unknown, which is not zero. */
export async function countInFlight(
	admin: CaddyAdmin,
	upstreams: readonly string[],
): Promise<InFlightByReplica> {
	const counts = await admin.inFlight();
	return new Map(
		upstreams.map((upstream) => [
			containerOf(upstream),
			{ requests: counts.get(upstream) ?? 0, streams: counts.get(streamAddress(upstream)) ?? 0 },
		]),
	);
}

/**
 * What is in flight on all containers whose names begin so, of both colors.
 * @throws Error where Caddy cannot be asked.
 */
export async function inFlightOf(admin: CaddyAdmin, prefix: string): Promise<InFlight> {
	return inFlightAmong(await admin.inFlight(), prefix);
}

/** The same, of what Caddy has told: counts by upstream address. */
export function inFlightAmong(counts: ReadonlyMap<string, number>, prefix: string): InFlight {
	const own = [...counts].filter(([address]) => address.startsWith(`${prefix}-`));
	const sum = (some: typeof own) => some.reduce((all, [, count]) => all + count, 0);
	const isStream = ([address]: [string, number]) => containerOf(address).endsWith(".");
	return {
		requests: sum(own.filter((one) => !isStream(one))),
		streams: sum(own.filter(isStream)),
	};
}

export function total(replicas: InFlightByReplica): InFlight {
	return [...replicas.values()].reduce(
		(sum, one) => ({ requests: sum.requests + one.requests, streams: sum.streams + one.streams }),
		{ requests: 0, streams: 0 },
	);
}

/** "3 requests and 1 stream"; kinds of which there is none are left out, unless there is nothing at all. */
export function inFlightText({ requests, streams }: InFlight): string {
	const kinds = [counted(requests, "request"), counted(streams, "stream")].filter((_, index) =>
		index === 0 ? requests > 0 || streams === 0 : streams > 0,
	);
	return kinds.join(" and ");
}

export function counted(count: number, noun: string): string {
	return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
