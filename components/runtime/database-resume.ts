import { LABEL, replicaName } from "../plan/names";
import { publicRoutes } from "../plan/routes";
import type { Release } from "../plan/types";
import { RELEASES_FILE, SWITCH_FILE } from "../proxy/paths";
import { isHeld, readSwitchValue } from "../proxy/switch-file";
import { COLORS, type Color } from "../settings/schema";
import { ProxyFiles } from "./caddy/files";
import type { DatabaseUpdate, HoldRecord, ResumeInputs, ResumeOutputs } from "./database-update";
import type { Engine } from "./docker/engine";
import { peekContainer } from "./docker/peek";
import { gate, notReady } from "./gate";
import { release } from "./hold";
import { durationText, type Reporter } from "./report";
import type { GatePolicy, Target } from "./steps";

/** One pass will do: these replicas were ready before, and every request waits for it. */
const POLICY: Omit<GatePolicy, "deadlineMs"> = { intervalMs: 100, timeoutMs: 2_000, passes: 1 };
/** Of the hold's time, for letting go before it ends by itself. */
const RESERVE_MS = 500;

/**
 * After all databases answer: waits until the replicas that serve are ready again, at most until the hold ends, and lets the
 * requests go that waited.
 *
 * @throws StepError where the replicas are not ready by then; requests have been let go all the same.
 */
export async function runResume(
	engine: Engine,
	olds: ResumeOutputs | undefined,
	news: ResumeInputs,
	report: Reporter,
): Promise<ResumeOutputs> {
	const { hold } = news;
	const before = olds?.lastUpdate;
	// The hold that is known may be that of an earlier `up`: then nothing is to be resumed.
	if (hold === undefined || hold.startedAtMs === olds?.hold?.startedAtMs)
		return { ...news, ...(before && { lastUpdate: before }) };
	if (hold.untilMs === undefined) return { ...news, lastUpdate: record(news, hold, 0, before) };
	const files = new ProxyFiles(engine, news.proxy);
	try {
		const now = async () => Date.now() + (await engine.clockOffsetMs());
		const value = (await files.read(SWITCH_FILE)) ?? "";
		if (!isHeld(value) || (await now()) > hold.untilMs) {
			await release(files);
			const heldMs = hold.untilMs - hold.startedAtMs;
			report.warn(
				`requests waited for all of ${durationText(heldMs)} and were let go before the databases answered`,
			);
			return { ...news, lastUpdate: record(news, hold, heldMs, before) };
		}
		const targets = await servingReplicas(news.prefix, value, await files.read(RELEASES_FILE));
		const deadlineMs = Math.max(0, hold.untilMs - (await now()) - RESERVE_MS);
		const policy = { ...POLICY, deadlineMs };
		const result = await gate(engine, news.proxy, targets, policy);
		await release(files);
		const heldMs = Math.round((await now()) - hold.startedAtMs);
		if (!result.ready) {
			const outlook =
				"The databases answer again, and the requests that waited were let go.\nNext: see what the replicas say, then: pulumi up";
			throw await notReady(engine, readSwitchValue(value), result, policy, outlook);
		}
		const lastUpdate = record(news, hold, heldMs, before, result.durationMs);
		report.info(`requests go on, after at most ${durationText(heldMs)}`);
		return { ...news, lastUpdate };
	} finally {
		files.close();
	}
}

function record(
	{ databases }: ResumeInputs,
	hold: HoldRecord,
	heldMs: number,
	before: DatabaseUpdate | undefined,
	replicasMs?: number,
): DatabaseUpdate {
	const updated = Object.entries(hold.databases).map(([name, why]) => {
		const outageMs = databases[name]?.outageMs;
		return [name, { why, ...(outageMs !== undefined && { outageMs }) }] as const;
	});
	const measured = updated.flatMap(([name, { outageMs }]) =>
		outageMs === undefined ? [] : [[name, outageMs] as const],
	);
	return {
		startedAt: new Date(hold.startedAtMs).toISOString(),
		databases: Object.fromEntries(updated),
		heldMs,
		...(replicasMs !== undefined && { replicasMs }),
		...(hold.drain && { drain: hold.drain }),
		outages: { ...before?.outages, ...Object.fromEntries(measured) },
	};
}

/** The replicas that requests reach, by what the cutover has recorded; workers are not waited for. */
async function servingReplicas(
	prefix: string,
	switchValue: string,
	recorded: string | undefined,
): Promise<Target[]> {
	const releases = JSON.parse(recorded ?? "{}") as Partial<Record<Color, Release>>;
	const serving = readSwitchValue(switchValue);
	const all = COLORS.filter((color) => serving === "shared" || serving === color).flatMap((color) =>
		Object.entries(releases[color]?.services ?? {})
			.filter(([, service]) => publicRoutes(service).length > 0)
			.flatMap(([service, { readiness, replicaCount }]) =>
				Array.from({ length: replicaCount }, (_, index) => ({
					container: replicaName(prefix, color, service, index + 1),
					service,
					readiness,
				})),
			),
	);
	const found = await Promise.all(
		all.map(async (one) => {
			const is = await peekContainer(one.container);
			return is === undefined || is.labels[LABEL.role] !== "service" ? [] : [{ ...one, id: is.id }];
		}),
	);
	return found.flat();
}
