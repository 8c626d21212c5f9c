import { createHash } from "node:crypto";
import { percentText } from "../plan/trial-text";
import { SWITCH_FILE, switchValue } from "../proxy/paths";
import { visitCookie } from "../proxy/share";
import { type Trial, trialValue } from "../proxy/switch-file";
import { type Color, otherColor } from "../settings/schema";
import { CaddyAdmin } from "./caddy/admin";
import { ProxyFiles } from "./caddy/files";
import { readTraffic, type Traffic } from "./caddy/traffic";
import { assertProxyRuns, readServing, type Serving } from "./caddy/world";
import { awaitCertificates, type PublicTrust } from "./certificates";
import { configure } from "./configure";
import type { Engine } from "./docker/engine";
import { engineWatch } from "./engine-watch";
import { gate, notReady } from "./gate";
import { countInFlight, total } from "./in-flight";
import { activate, nextAfter } from "./next";
import { verifyPublicSide } from "./public-side";
import { recordReleases } from "./releases-record";
import { durationText, messageOf, type Reporter, StepError, timed } from "./report";
import type {
	CutoverInputs,
	CutoverOutputs,
	CutoverRecord,
	GateRun,
	InFlight,
	Stage,
	TrialRecord,
} from "./steps";
import { hold, takeSteps } from "./trial";
import { isOfRecord, restsPaused } from "./trial-rests";
import type { Breach, Watch } from "./watch/types";

/** Begins to look at what visitors get; undefined: nothing is to be observed. */
export type OpenWatch = (engine: Engine, news: CutoverInputs, report: Reporter) => Promise<Watch | undefined>;

/**
 * Moves traffic to `news.active`, as a transaction: look what the proxy really does, check the new color once more,
 * load the Caddyfile if Caddy runs another one, give the color its shares step by step where it is on trial, rename the
 * switch file, verify through the public side, observe; on any failure after the first rename, move back. Running it when all
 * is as it should be changes nothing.
 *
 * @param olds What the state knew; only its record of the last cutover and of a pause is believed.
 * @throws StepError that says what failed and who serves now. The state then still says what was true before.
 */
export async function runCutover(
	engine: Engine,
	olds: Partial<CutoverOutputs> | undefined,
	news: CutoverInputs,
	report: Reporter,
	openWatch: OpenWatch = async () => undefined,
): Promise<CutoverOutputs> {
	const admin = new CaddyAdmin(engine, news.proxy.container);
	const files = new ProxyFiles(engine, news.proxy.container);
	const cutover = new Cutover(engine, admin, files, news, report, olds ?? {}, openWatch);
	try {
		return await cutover.run();
	} finally {
		cutover.close();
		admin.close();
		files.close();
	}
}

/** Between the end of the gate and the beginning of the cutover there is only Pulumi's own work. */
const JUST_BEFORE_MS = 5_000;

class Cutover {
	private readonly stages: Stage[] = [];
	private readonly to: Color;
	private trust: PublicTrust | undefined;
	private watch: Watch | undefined;

	constructor(
		private readonly engine: Engine,
		private readonly admin: CaddyAdmin,
		private readonly files: ProxyFiles,
		private readonly news: CutoverInputs,
		private readonly report: Reporter,
		private readonly olds: Partial<CutoverOutputs>,
		private readonly openWatch: OpenWatch,
	) {
		this.to = news.active;
	}

	async run(): Promise<CutoverOutputs> {
		const { olds, news } = this;
		const start = new Date();
		const gate = this.gateOfThisUp(start);
		const { serving: before, trial } = await this.stage("look", () => this.look());
		if (before !== this.to) await this.stage("check", () => this.check(before));
		await this.stage("configure", () =>
			configure(
				{ engine: this.engine, admin: this.admin, files: this.files },
				news,
				before === "none",
				this.whoServes(before),
				this.report,
			),
		);
		if (news.proxy.tls) await this.stage("certificates", () => this.awaitCertificates(before));
		// Traffic that an earlier, interrupted `up` has moved is recorded by the one that finds it so.
		const moved = before !== this.to || olds.activeColor !== this.to;
		const old = this.servedBefore(before, trial);
		if (moved && news.forward && !this.restsPaused(trial))
			this.watch = await this.openWatch(this.engine, news, this.report);
		const paused = old === undefined ? undefined : await this.onTrial(old, trial);
		if (paused !== undefined) return this.pausedOutputs(old, paused);
		let inFlightAtSwitch: InFlight | undefined;
		if (before !== this.to) inFlightAtSwitch = await this.countInFlight(old ?? before);
		const windowMs = moved && news.forward ? (news.observe?.windowMs ?? 0) : 0;
		const all = { to: this.to, ...(old !== undefined && { from: old }) };
		// Traffic that has moved is verified, or moved back, whatever becomes of the Pulumi that wanted it.
		let served = await engineWatch.toItsEnd(async () => {
			if (before !== this.to) await this.stage("switch", () => this.switchTo(before));
			await this.stage("verify", () => this.verify(trial?.to === this.to ? otherColor(this.to) : before));
			return this.stage("record", () => this.record(windowMs > 0 ? undefined : all));
		});
		if (windowMs > 0 && old !== undefined) {
			await this.stage("observe", () => this.observe(old, windowMs));
			served = await this.record(all);
		}
		const record: CutoverRecord = {
			...(old !== undefined && { from: old, fromVersion: olds.releases?.[old]?.version ?? "" }),
			to: this.to,
			toVersion: this.version(this.to),
			startedAt: gate?.startedAt ?? start.toISOString(),
			stages: [...(gate ? [{ name: "gate", durationMs: gate.durationMs }] : []), ...this.stages],
			...(inFlightAtSwitch !== undefined && { inFlightAtSwitch }),
			configHash: createHash("sha256").update(news.caddyfile).digest("hex").slice(0, 12),
		};
		const lastCutover = moved ? record : olds.lastCutover;
		return { ...this.outputs(), ...(lastCutover && { lastCutover }), ...(served && { served }) };
	}

	/** The color that had the traffic, or most of it; undefined where none did, or somebody shared it by hand. */
	private servedBefore(before: Serving, trial: Trial | undefined): Color | undefined {
		if (trial !== undefined) return otherColor(this.to);
		const { activeColor, onTrial } = this.olds;
		const last = before !== this.to ? before : onTrial?.to === this.to ? otherColor(this.to) : activeColor;
		return last === otherColor(this.to) ? last : undefined;
	}

	/** Ends what reads along. */
	close(): void {
		this.watch?.close();
	}

	/**
	 * The steps, where there are some.
	 * @returns where this `up` ends with a pause; undefined: the color is to get all traffic.
	 */
	private async onTrial(from: Color, trial: Trial | undefined): Promise<TrialRecord | undefined> {
		const { olds, news, report, to, watch } = this;
		const policy = news.trial;
		// Given up: the other color has all of it at once.
		if (policy === undefined || (trial !== undefined && trial.to !== to)) return undefined;
		const known = olds.onTrial !== undefined && isOfRecord(trial, olds.onTrial) ? olds.onTrial : undefined;
		if (this.restsPaused(trial)) return known;
		// Before the first visitor: both colors serve from now on, and neither may be replaced.
		await this.record(undefined);
		const start = trial && { ...trial, held: known?.paused === true };
		const end = await takeSteps(
			{
				to,
				release: `${to} ${this.version(to)}`,
				give: (share) => this.stage(percentText(share.percent), () => this.give(share, from)),
				verify: (share) => this.complaint(share),
				...(watch && { watch }),
				report,
			},
			policy,
			start,
		);
		if (end.how === "through") return undefined;
		if (end.how === "failed") throw await this.givenUp(from, end.why, `at ${end.at}`);
		const next = "Next: npm run promote, or npm run abort";
		report.info(`paused at ${percentText(end.percent)}: ${to} ${this.version(to)} waits. ${next}`);
		return { to, share: end.percent, paused: true, since: end.since.toISOString() };
	}

	private restsPaused(trial: Trial | undefined): boolean {
		const { olds, news } = this;
		return olds.onTrial !== undefined && isOfRecord(trial, olds.onTrial) && restsPaused(olds, news);
	}

	private async give(trial: Trial, from: Color): Promise<void> {
		try {
			await this.files.write(SWITCH_FILE, trialValue(trial));
		} catch (error) {
			throw await this.givenUp(from, { text: messageOf(error) }, `at ${percentText(trial.percent)}`);
		}
	}

	/** The time at all traffic during which it may still go back by itself. */
	private async observe(from: Color, windowMs: number): Promise<void> {
		const phase = { name: "all traffic", durationMs: windowMs };
		this.watch?.begin(phase);
		const { to, watch, report } = this;
		const breach = await hold({ to, ...(watch && { watch }), report }, phase);
		if (breach !== undefined) throw await this.givenUp(from, breach, "with all traffic");
	}

	/** Moves all traffic back at once. */
	private async givenUp(from: Color, { text, firstBadAtMs }: Breach, at: string): Promise<StepError> {
		const failed = `${this.to} ${this.version(this.to)} was given up ${at}: ${text}`;
		const { durationMs } = await timed(() => engineWatch.toItsEnd(() => this.moveBack(from, failed)));
		const sinceMs =
			firstBadAtMs === undefined
				? undefined
				: Date.now() + (await this.engine.clockOffsetMs().catch(() => 0)) - firstBadAtMs;
		const since =
			sinceMs === undefined ? "" : `, ${durationText(sinceMs)} after the first of the bad requests`;
		return new StepError(
			`${failed}\nAll traffic was moved back to ${from} in ${durationText(durationMs)}${since}; ${from} serves. ${this.to} keeps running for you to look at.\n${nextAfter(this.to)}`,
		);
	}

	/** The gate runs just before the cutover; a run that ended earlier belonged to another `up`. */
	private gateOfThisUp(start: Date): GateRun | undefined {
		const { gate } = this.news;
		const sinceMs = start.getTime() - Date.parse(gate.startedAt) - gate.durationMs;
		return sinceMs < JUST_BEFORE_MS ? gate : undefined;
	}

	private async stage<T>(name: string, work: () => Promise<T>): Promise<T> {
		const { value, durationMs } = await timed(work);
		this.stages.push({ name, durationMs });
		return value;
	}

	private async look(): Promise<Traffic> {
		await assertProxyRuns(this.engine, this.news.proxy.container);
		return readTraffic(this.files);
	}

	/** The gate may have passed in an earlier `up`: what it saw then is no reason to move traffic now. */
	private async check(before: Serving): Promise<void> {
		const policy = { ...this.news.policy, passes: 1 };
		const result = await gate(this.engine, this.news.proxy.container, this.news.targets, policy);
		if (!result.ready)
			throw await notReady(
				this.engine,
				`${this.to} ${this.version(this.to)}`,
				result,
				policy,
				this.unmoved(before),
			);
	}

	private async awaitCertificates(before: Serving): Promise<void> {
		const { engine, admin, report } = this;
		this.trust = await awaitCertificates(engine, admin, this.news.proxy, this.whoServes(before), report);
	}

	private async countInFlight(before: Serving): Promise<InFlight | undefined> {
		if (before === "none" || before === "shared") return undefined;
		try {
			return total(await countInFlight(this.admin, this.news.upstreams[before]));
		} catch {
			return undefined;
		}
	}

	private async switchTo(before: Serving): Promise<void> {
		try {
			await this.writeSwitch(this.to);
		} catch (error) {
			// What stands in the file is what serves, whatever became of the command that should have written it.
			const now = await readServing(this.files).catch(() => before);
			throw new StepError(`${messageOf(error)}\n${this.whoServes(now)}\nNext: mend that, then: pulumi up`);
		}
		this.report.info(`traffic: ${this.news.traffic}`);
	}

	private writeSwitch(color: Color): Promise<void> {
		return this.files.write(SWITCH_FILE, switchValue(color));
	}

	private async verify(before: Serving): Promise<void> {
		const complaint = await this.complaint();
		if (complaint === undefined) return;
		const failed = `${this.to} ${this.version(this.to)} did not pass the verification through the proxy: ${complaint}`;
		if (before === "none" || before === "shared" || before === this.to) {
			throw new StepError(
				`${failed}\n${this.to} stays active: there is no other color to go back to.\nNext: mend it, then \`pulumi up\`.`,
			);
		}
		const { durationMs } = await timed(() => this.moveBack(before, failed));
		throw new StepError(
			`${failed}\nTraffic was moved back to ${before} in ${durationText(durationMs)}; ${before} serves. ${this.to} keeps running for you to look at.\n${nextAfter(this.to)}`,
		);
	}

	/** What the public side does not show as it should; while the color is on trial, as one of its visitors sees it. */
	private complaint(trial?: Trial): Promise<string | undefined> {
		const { proxy, checks, policy } = this.news;
		const trusted = { ...proxy, ...(this.trust && { trust: this.trust }) };
		return verifyPublicSide(trusted, this.to, checks, policy, trial && visitCookie(trial));
	}

	private record(served: { to: Color; from?: Color } | undefined) {
		return recordReleases(this.files, this.news.releases, served, this.olds.served, this.report);
	}

	private async moveBack(before: Color, failed: string): Promise<void> {
		try {
			await this.writeSwitch(before);
		} catch (error) {
			throw new StepError(
				`${failed}\nTraffic could not be moved back, and ${this.to} still has it: ${messageOf(error)}\nNext: ${activate(before)}`,
			);
		}
	}

	private unmoved(before: Serving): string {
		const next = before === "none" ? "Next: mend it, then `pulumi up`." : nextAfter(this.to);
		return `${this.whoServes(before)}\n${next}`;
	}

	private whoServes(now: Serving): string {
		if (now === "none") return "Nothing serves yet: no color has been released.";
		if (now === "shared") return "Traffic was not moved: blue and green share it.";
		return now === this.to ? `${now} serves.` : `Traffic was not moved: ${now} keeps serving.`;
	}

	private version(color: Color): string {
		return this.news.releases[color]?.version ?? "";
	}

	private outputs(): CutoverOutputs {
		return {
			...this.news,
			activeColor: this.to,
			activeVersion: this.version(this.to),
			standbyColor: otherColor(this.to),
			standbyVersion: this.version(otherColor(this.to)),
			caddyfileInForce: true,
			...(this.trust?.root !== undefined && { rootCertificate: this.trust.root }),
		};
	}

	/** Until it has all traffic, the color on trial is not the active one. */
	private pausedOutputs(from: Color | undefined, onTrial: TrialRecord): CutoverOutputs {
		const { lastCutover, served } = this.olds;
		return {
			...this.outputs(),
			activeColor: "shared",
			...(from && { activeVersion: this.version(from), standbyVersion: this.version(this.to) }),
			standbyColor: this.to,
			...(lastCutover && { lastCutover }),
			...(served && { served }),
			onTrial,
		};
	}
}
