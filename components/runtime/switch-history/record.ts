import { randomUUID } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { HISTORY_FILE } from "../../proxy/paths";
import type { Color } from "../../settings/schema";
import { ProxyFiles } from "../caddy/files";
import type { Traffic } from "../caddy/traffic";
import type { Engine } from "../docker/engine";
import { MovedBackError, messageOf, type Reporter } from "../report";
import type { CutoverInputs, CutoverOutputs, DrainRecord, GateRun, HealthGateInputs } from "../steps";
import { type SwitchEntry, withDrain, withEndedLater, withEntry, withoutEntry } from "./entry";
import { whoRuns } from "./who";

/**
 * Every attempt to move traffic is noted beside the switch file: the state of the stack knows the last one that succeeded,
 * and Pulumi's own history knows no outputs. Nothing of a switch waits for the record, and one that cannot be written is a
 * warning.
 */

/** What is known of an attempt when it begins. */
type Begun = Pick<SwitchEntry, "from" | "to" | "versions" | "rollback">;

/**
 * Carries out a cutover, and notes it where it moves traffic.
 *
 * @param gate The run of the gate that belongs to it; unset: it had nothing to check.
 * @param look What the proxy does now; where that cannot be read, nothing is noted.
 * @returns and throws what `work` does.
 */
export async function recordedSwitch(
	engine: Engine,
	inputs: CutoverInputs,
	gate: GateRun | undefined,
	report: Reporter,
	look: () => Promise<Traffic>,
	work: () => Promise<CutoverOutputs>,
): Promise<CutoverOutputs> {
	const before = await look().catch(() => undefined);
	if (before === undefined) return work();
	const record = new HostRecord(engine, inputs.proxy.container, report);
	if (before.serving === inputs.active) {
		const outputs = await work();
		record.change((text) => withEndedLater(text, inputs.active));
		await record.close();
		return outputs;
	}
	const { serving, trial } = before;
	const versions = Object.entries(inputs.releases).map(([color, { version }]) => [color, version]);
	const goesBack = !inputs.forward && serving !== "none";
	const begun = entryOf(
		{
			...(serving !== "none" && { from: serving }),
			to: inputs.active,
			versions: Object.fromEntries(versions),
			...(goesBack && { rollback: true }),
		},
		gate?.startedAt,
	);
	record.change((text) => withEntry(text, begun));
	try {
		const outputs = await work();
		const { activeColor, onTrial, lastCutover } = outputs;
		if (activeColor === inputs.active) {
			const inFlight = lastCutover?.inFlightAtSwitch;
			record.end(begun, "succeeded", inFlight && { inFlightAtSwitch: inFlight });
		} else if (trial !== undefined && onTrial?.share === trial.percent) {
			// It rests where it was: no traffic has moved.
			record.change((text) => withoutEntry(text, begun.id));
		} else record.end(begun, "paused", onTrial && { share: onTrial.share });
		return outputs;
	} catch (error) {
		record.end(begun, error instanceof MovedBackError ? "moved-back" : "failed", {
			reason: messageOf(error),
		});
		throw error;
	} finally {
		await record.close();
	}
}

/**
 * Carries out the health gate, and notes where a release ends with it.
 * @returns and throws what `work` does.
 */
export async function recordedGate<T>(
	engine: Engine,
	{ active, colors, proxy }: HealthGateInputs,
	report: Reporter,
	look: () => Promise<Traffic>,
	work: () => Promise<T>,
): Promise<T> {
	const startedAt = new Date().toISOString();
	try {
		return await work();
	} catch (error) {
		const before = await look().catch(() => undefined);
		if (before !== undefined && before.serving !== active) {
			const { serving } = before;
			const versions = Object.entries(colors).map(([color, { version }]) => [color, version]);
			const begun = { to: active, versions: Object.fromEntries(versions) };
			const entry = entryOf({ ...begun, ...(serving !== "none" && { from: serving }) }, startedAt);
			const record = new HostRecord(engine, proxy, report);
			record.end(entry, "failed", { reason: messageOf(error) });
			await record.close();
		}
		throw error;
	}
}

/** Notes what became of the color that was left by the last switch. */
export async function recordDrain(
	engine: Engine,
	proxy: string,
	active: Color,
	drain: DrainRecord,
	report: Reporter,
): Promise<void> {
	const record = new HostRecord(engine, proxy, report);
	record.change((text) => withDrain(text, active, drain));
	await record.close();
}

function entryOf(begun: Begun, startedAt = new Date().toISOString()): SwitchEntry {
	const who = whoRuns(process.env, login(), hostname());
	const own = { host: hostname(), pid: process.pid };
	return { id: randomUUID(), startedAt, who, process: own, ...begun, outcome: "begun" };
}

/** A container may run as a user without a name. */
function login(): string {
	try {
		return userInfo().username;
	} catch {
		return `uid ${process.getuid?.() ?? "unknown"}`;
	}
}

/** The file with the record; what is changed is written in order, in the background. */
class HostRecord {
	private readonly files: ProxyFiles;
	private tail: Promise<void> = Promise.resolve();
	private told = false;

	constructor(
		engine: Engine,
		proxy: string,
		private readonly report: Reporter,
	) {
		this.files = new ProxyFiles(engine, proxy);
	}

	/** @param to The new text; the same or undefined: there is nothing to write. */
	change(to: (text: string | undefined) => string | undefined): void {
		this.tail = this.tail.then(() => this.write(to));
	}

	end(
		begun: SwitchEntry,
		outcome: SwitchEntry["outcome"],
		rest: Pick<SwitchEntry, "share" | "reason" | "inFlightAtSwitch"> = {},
	): void {
		const durationMs = Date.now() - Date.parse(begun.startedAt);
		this.change((text) => withEntry(text, { ...begun, outcome, durationMs, ...rest }));
	}

	/** Waits until all is written; never rejects. */
	async close(): Promise<void> {
		await this.tail;
		this.files.close();
	}

	private async write(to: (text: string | undefined) => string | undefined): Promise<void> {
		try {
			const before = await this.files.read(HISTORY_FILE);
			const text = to(before);
			if (text !== undefined && text !== before) await this.files.write(HISTORY_FILE, text);
		} catch (error) {
			if (!this.told)
				this.report.warn(
					`this switch could not be noted for \`npm run history\`: ${messageOf(error)}. The switch is not concerned.`,
				);
			this.told = true;
		}
	}
}
