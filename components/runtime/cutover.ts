import { createHash } from "node:crypto";
import type { Trial } from "../proxy/switch-file";
import { type Color, otherColor } from "../settings/schema";
import { CaddyAdmin } from "./caddy/admin";
import { ProxyFiles } from "./caddy/files";
import type { Traffic } from "./caddy/traffic";
import { assertProxyRuns, readServing, type Serving } from "./caddy/world";
import { outputsOf, restingOutputs } from "./cutover-outputs";
import type { Engine } from "./docker/engine";
import { engineWatch } from "./engine-watch";
import { countInFlight, total } from "./in-flight";
import { activate, nextAfter } from "./next";
import { whoServes } from "./outlook";
import { Preparation } from "./preparation";
import type { PublicProxy } from "./public-side";
import { recordReleases } from "./releases-record";
import { durationText, MovedBackError, messageOf, type Reporter, StepError, timed } from "./report";
import type { CutoverInputs, CutoverOutputs, CutoverRecord, GateRun, InFlight, Stage } from "./steps";
import { TrafficSwitch } from "./traffic-switch";
import { type OpenWatch, servedBefore, TrialRun } from "./trial-run";
import { Verification } from "./verification";

/**
 * Moves traffic to `news.active`, as a transaction: look what the proxy really does, check the new color once more,
 * load the Caddyfile if Caddy runs another one, look at the new color through the preview, give it its shares step by step
 * where it is on trial, rename the switch file, verify through the public side, observe; on any failure after the first
 * rename, move back. Running it when all is as it should be changes nothing.
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

/** The gate runs just before the cutover; a run that ended earlier belonged to another `up`. */
export function gateOfThisUp(gate: GateRun, start: Date): GateRun | undefined {
	const sinceMs = start.getTime() - Date.parse(gate.startedAt) - gate.durationMs;
	return sinceMs < JUST_BEFORE_MS ? gate : undefined;
}

class Cutover {
	private readonly stages: Stage[] = [];
	private readonly to: Color;
	private readonly hand: TrafficSwitch;
	private readonly verification: Verification;
	/** How the public side is asked, once it is known what its certificates have to show. */
	private readonly publicSide: PublicProxy;
	private trialRun: TrialRun | undefined;

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
		this.hand = new TrafficSwitch(files, news.maintenance);
		this.publicSide = { ...news.proxy };
		this.verification = new Verification(engine, { ...news, proxy: this.publicSide }, report);
	}

	async run(): Promise<CutoverOutputs> {
		const { olds, news, to, hand } = this;
		const start = new Date();
		const gate = gateOfThisUp(news.gate, start);
		const { serving: before, trial } = await this.stage("look", () => this.look());
		const prepare = this.preparation(before);
		if (before !== to) await this.stage("check", () => prepare.check());
		await this.stage("configure", () => prepare.configure());
		if (news.proxy.tls) await this.stage("certificates", () => prepare.awaitCertificates());
		// Traffic that an earlier, interrupted `up` has moved is verified and recorded by the one that finds it so.
		const moved = before !== to || olds.activeColor !== to;
		const from = servedBefore(to, before, trial, olds);
		const run = this.begin(trial);
		if (run.rests !== undefined && trial !== undefined) {
			if (hand.wanted !== hand.maintained) await hand.give(trial);
			return restingOutputs(news, this.publicSide, olds, from, run.rests);
		}
		if (before !== to && news.previewToken !== undefined)
			await this.stage("preview", () => prepare.lookFirst());
		if (moved && news.forward) await run.open();
		if (from !== undefined && moved && news.trial !== undefined) {
			// Before the first visitor: both colors serve from now on, and neither may be replaced.
			await this.record(undefined);
			const paused = await run.steps(from);
			if (paused !== undefined) return restingOutputs(news, this.publicSide, olds, from, paused);
		}
		let inFlightAtSwitch: InFlight | undefined;
		if (before !== to) inFlightAtSwitch = await this.countInFlight(from ?? before);
		const watched = moved && news.forward && from !== undefined && news.maintenance === "off";
		const windowMs = watched ? (news.observe?.windowMs ?? 0) : 0;
		// Behind the page of maintenance nobody has been served yet.
		const all = news.maintenance === "on" ? undefined : { to, ...(from !== undefined && { from }) };
		// Traffic that has moved is verified, or moved back, whatever becomes of the Pulumi that wanted it.
		let served = await engineWatch.toItsEnd(async () => {
			if (before !== to) await this.stage("switch", () => this.switchTo(before, windowMs > 0 ? run.all : to));
			else if (hand.wanted !== hand.maintained) await this.setMaintenance();
			await this.stage("verify", () => this.verify(trial?.to === to ? otherColor(to) : before, moved));
			return this.stage("record", () => this.record(windowMs > 0 ? undefined : all));
		});
		if (windowMs > 0 && from !== undefined) {
			await this.stage("observe", () => run.window(from, windowMs));
			served = await this.record(all);
		}
		await this.settle();
		const record: CutoverRecord = {
			...(from !== undefined && { from, fromVersion: olds.releases?.[from]?.version ?? "" }),
			to,
			toVersion: this.verification.subject.version,
			startedAt: gate?.startedAt ?? start.toISOString(),
			stages: [...(gate ? [{ name: "gate", durationMs: gate.durationMs }] : []), ...this.stages],
			...(inFlightAtSwitch !== undefined && { inFlightAtSwitch }),
			configHash: createHash("sha256").update(news.caddyfile).digest("hex").slice(0, 12),
		};
		const lastCutover = moved ? record : olds.lastCutover;
		return {
			...outputsOf(news, this.publicSide),
			...(lastCutover && { lastCutover }),
			...(served && { served }),
		};
	}

	/** Ends what reads along. */
	close(): void {
		this.trialRun?.close();
	}

	private preparation(before: Serving): Preparation {
		const { engine, admin, files, news, hand, verification, publicSide, report } = this;
		return new Preparation({ engine, admin, files, news, hand, verification, publicSide, report }, before);
	}

	private begin(trial: Trial | undefined): TrialRun {
		const { engine, news, olds, hand, verification, report, openWatch } = this;
		const stage: Cutover["stage"] = (name, work) => this.stage(name, work);
		const moveBack = (to: Color, failed: string) => this.moveBack(to, failed);
		const context = { engine, news, olds, hand, verification, report, openWatch, stage, moveBack };
		this.trialRun = new TrialRun(context, trial);
		return this.trialRun;
	}

	private async stage<T>(name: string, work: () => Promise<T>): Promise<T> {
		const { value, durationMs } = await timed(work);
		this.stages.push({ name, durationMs });
		return value;
	}

	private async look(): Promise<Traffic> {
		await assertProxyRuns(this.engine, this.news.proxy.container);
		return this.hand.look();
	}

	private async countInFlight(before: Serving): Promise<InFlight | undefined> {
		if (before === "none" || before === "shared") return undefined;
		try {
			return total(await countInFlight(this.admin, this.news.upstreams[before]));
		} catch {
			return undefined;
		}
	}

	private async switchTo(before: Serving, all: Color | Trial): Promise<void> {
		try {
			await this.hand.give(all);
		} catch (error) {
			// What stands in the file is what serves, whatever became of the command that should have written it.
			throw this.unwritten(error, await readServing(this.files).catch(() => before));
		}
		this.report.info(`traffic: ${this.news.traffic}`);
	}

	/** The color stays; the rename is the same as that of a release. */
	private async setMaintenance(): Promise<void> {
		await this.hand.give(this.to).catch((error: unknown) => {
			throw this.unwritten(error, this.to);
		});
	}

	private unwritten(error: unknown, now: Serving): StepError {
		const serves = whoServes(this.to, now, this.hand.maintained);
		return new StepError(`${messageOf(error)}\n${serves}\nNext: mend that, then: pulumi up`);
	}

	private async verify(before: Serving, moved: boolean): Promise<void> {
		const { to, hand } = this;
		if (hand.wanted === "on") return this.verification.maintenance(before !== to);
		const complaint = await this.verification.complaint(moved);
		if (complaint === undefined) {
			if (hand.maintained === "on") this.report.info(`maintenance is off: ${to} answers visitors`);
			return;
		}
		const failed = `${this.verification.release} did not pass the verification through the proxy: ${complaint}`;
		if (before === to && hand.maintained === "on") {
			await this.moveBack(to, failed);
			throw new StepError(
				`${failed}\nMaintenance is on again: visitors get the page.\nNext: mend it, then \`pulumi up\`; or leave it on: pulumi config set maintenance on`,
			);
		}
		if (before === "none" || before === "shared" || before === to) {
			throw new StepError(
				`${failed}\n${to} stays active: there is no other color to go back to.\nNext: mend it, then \`pulumi up\`.`,
			);
		}
		const { durationMs } = await timed(() => this.moveBack(before, failed));
		const behind = hand.maintained === "on" ? " behind the maintenance page" : "";
		throw new MovedBackError(
			`${failed}\nTraffic was moved back to ${before} in ${durationText(durationMs)}; ${before} serves${behind}. ${to} keeps running for you to look at.\n${nextAfter(to)}`,
		);
	}

	private record(served: { to: Color; from?: Color } | undefined) {
		return recordReleases(this.files, this.news.releases, served, this.olds.served, this.report);
	}

	/** The value of a release that is done: requests take the short way from now on, and are not counted any more. */
	private async settle(): Promise<void> {
		await this.hand.settle(this.to).catch((error: unknown) => {
			this.report.warn(`${this.to} has all traffic, and requests go on being counted: ${messageOf(error)}`);
		});
	}

	private async moveBack(before: Color, failed: string): Promise<void> {
		try {
			await this.hand.giveBack(before);
		} catch (error) {
			throw new StepError(
				`${failed}\nTraffic could not be moved back, and ${this.to} still has it: ${messageOf(error)}\nNext: ${activate(before)}`,
			);
		}
	}
}
