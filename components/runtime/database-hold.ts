import { LABEL } from "../plan/names";
import { SWITCH_FILE } from "../proxy/paths";
import { isHeld, readSwitchValue } from "../proxy/switch-file";
import type { Color } from "../settings/schema";
import { CaddyAdmin } from "./caddy/admin";
import { ProxyFiles } from "./caddy/files";
import type { HoldInputs, HoldOutputs, HoldRecord, WantedDatabase } from "./database-update";
import type { Engine } from "./docker/engine";
import { peekContainer, peekFile } from "./docker/peek";
import { drain } from "./drain";
import { hold, release } from "./hold";
import { inFlightOf, inFlightText } from "./in-flight";
import { durationText, messageOf, type Reporter, StepError } from "./report";

/** The part of the hold's time that requests in flight may take to finish; the rest is the database's. */
const DRAIN_SHARE = 1 / 3;

/**
 * Before the first database's container is stopped: where one is to be replaced and something serves, requests wait at the
 * proxy from now on, and those in flight finish. It ends by itself after `holdForMs`, whatever becomes of this `up`.
 *
 * @throws StepError where requests cannot be held; no database has been touched then.
 */
export async function runHold(
	engine: Engine,
	olds: HoldOutputs | undefined,
	news: HoldInputs,
	report: Reporter,
): Promise<HoldOutputs> {
	const before = olds?.lastHold ?? undefined;
	const outputs = (lastHold: HoldRecord | undefined) => ({ ...news, lastHold: lastHold ?? null });
	// A proxy that does not run serves nothing; the cutover says so.
	if ((await engine.inspect(news.proxy))?.status !== "running") return outputs(before);
	const files = new ProxyFiles(engine, news.proxy);
	try {
		const value = await files.read(SWITCH_FILE);
		if (value === undefined) return outputs(before);
		const replaced = await databasesToReplace(news.databases);
		const names = Object.keys(replaced);
		if (names.length === 0) {
			if (await release(files)) report.info("requests were held by an interrupted up, and are no more");
			return outputs(before);
		}
		const startedAtMs = Date.now() + (await engine.clockOffsetMs());
		if (news.holdForMs === 0) return outputs({ startedAtMs, databases: replaced });
		const held = await hold(engine, news.proxy, files, news.holdForMs);
		const told = names.map((name) => (replaced[name] ? `${name} (${replaced[name]})` : name)).join(" and ");
		report.info(
			`requests wait at the proxy while ${told} ${names.length === 1 ? "is" : "are"} replaced, at most ${durationText(news.holdForMs)}`,
		);
		const serving = readSwitchValue(value);
		const end = await finishInFlight(engine, news, serving === "shared" ? "blue" : serving, report);
		return outputs({ startedAtMs, ...held, databases: replaced, ...end });
	} catch (error) {
		await release(files).catch(() => undefined);
		throw new StepError(
			`Requests could not be made to wait for the update of a database: ${messageOf(error)}\nNo database was touched.\nNext: mend that, or update without it (pulumi config set --path proxy.holdFor 0), then: pulumi up`,
		);
	} finally {
		files.close();
	}
}

/** Those whose container is there, and is not what is wanted; with the reason for people. */
async function databasesToReplace(
	wanted: Readonly<Record<string, WantedDatabase>>,
): Promise<Record<string, string>> {
	const all = await Promise.all(
		Object.entries(wanted).map(async ([name, one]) => ((await isReplaced(one)) ? [[name, one.why]] : [])),
	);
	return Object.fromEntries(all.flat());
}

/** One that is not there is created, and nobody misses it meanwhile, or misses it already. */
async function isReplaced({ container, imageId, settings }: WantedDatabase): Promise<boolean> {
	const is = await peekContainer(container);
	return is !== undefined && (is.imageId !== imageId || is.labels[LABEL.settings] !== settings);
}

/**
 * Whether the step has something to do: also where an `up` was killed between the hold and the database, which only the
 * containers show, and where it has left requests held.
 */
export async function holdIsDue(proxy: string, databases: HoldInputs["databases"]): Promise<boolean> {
	const due = await Promise.all([
		peekFile(proxy, SWITCH_FILE).then((value) => value !== undefined && isHeld(value)),
		...Object.values(databases).map(isReplaced),
	]);
	return due.includes(true);
}

/** Streams are not waited for: a WebSocket stays open while the database is away. */
async function finishInFlight(
	engine: Engine,
	{ proxy, prefix, holdForMs }: HoldInputs,
	color: Color,
	report: Reporter,
): Promise<Pick<HoldRecord, "drain" | "remaining">> {
	const admin = new CaddyAdmin(engine, proxy, 2_000);
	const quiet: Reporter = { info: () => undefined, warn: () => undefined };
	const timeoutMs = Math.round(holdForMs * DRAIN_SHARE);
	try {
		const requests = async () => ({ requests: (await inFlightOf(admin, prefix)).requests, streams: 0 });
		const policy = { mode: "inflight", timeoutMs, delayMs: 0 } as const;
		const { outcome, durationMs, remaining } = await drain(color, policy, requests, quiet);
		if (outcome === "drained") {
			report.info(`requests in flight have finished, after ${durationText(durationMs)}`);
			return { drain: { outcome, durationMs } };
		}
		const seen = remaining === undefined ? "it is not known how many" : inFlightText(remaining);
		report.warn(
			`requests in flight have not finished within ${durationText(timeoutMs)} (${seen}): the database is replaced under them`,
		);
		return { drain: { outcome, durationMs }, ...(remaining && { remaining }) };
	} finally {
		admin.close();
	}
}
