import { createHash } from "node:crypto";
import { RELEASES_FILE, SWITCH_FILE, switchValue } from "../proxy/paths";
import { type Color, otherColor } from "../settings/schema";
import { CaddyAdmin } from "./caddy/admin";
import { ProxyFiles } from "./caddy/files";
import { assertProxyRuns, readServing, type Serving } from "./caddy/world";
import { awaitCertificates, type PublicTrust } from "./certificates";
import { configure } from "./configure";
import type { Engine } from "./docker/engine";
import { engineWatch } from "./engine-watch";
import { gate, notReady } from "./gate";
import { countInFlight, total } from "./in-flight";
import { activate, nextAfter } from "./next";
import { verifyPublicSide } from "./public-side";
import { durationText, messageOf, type Reporter, StepError, timed } from "./report";
import type { CutoverInputs, CutoverOutputs, CutoverRecord, GateRun, InFlight, Stage } from "./steps";

/**
 * Moves traffic to `news.active`, as a transaction: look what the proxy really does, check the new color once more,
 * load the Caddyfile if Caddy runs another one, rename the switch file, verify through the public side; on any failure
 * after the rename, move back. Running it when all is as it should be changes nothing.
 *
 * @param olds What the state knew; only its record of the last cutover is believed.
 * @throws StepError that says what failed and who serves now. The state then still says what was true before.
 */
export async function runCutover(
	engine: Engine,
	olds: Partial<CutoverOutputs> | undefined,
	news: CutoverInputs,
	report: Reporter,
): Promise<CutoverOutputs> {
	const admin = new CaddyAdmin(engine, news.proxy.container);
	const files = new ProxyFiles(engine, news.proxy.container);
	try {
		return await new Cutover(engine, admin, files, news, report).run(olds);
	} finally {
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

	constructor(
		private readonly engine: Engine,
		private readonly admin: CaddyAdmin,
		private readonly files: ProxyFiles,
		private readonly news: CutoverInputs,
		private readonly report: Reporter,
	) {
		this.to = news.active;
	}

	async run(olds: Partial<CutoverOutputs> | undefined): Promise<CutoverOutputs> {
		const start = new Date();
		const gate = this.gateOfThisUp(start);
		const before = await this.stage("look", () => this.look());
		if (before !== this.to) await this.stage("check", () => this.check(before));
		await this.stage("configure", () =>
			configure(
				{ engine: this.engine, admin: this.admin, files: this.files },
				this.news,
				before === "none",
				this.whoServes(before),
				this.report,
			),
		);
		if (this.news.proxy.tls) await this.stage("certificates", () => this.awaitCertificates(before));
		let inFlightAtSwitch: InFlight | undefined;
		if (before !== this.to) inFlightAtSwitch = await this.countInFlight(before);
		// Traffic that has moved is verified, or moved back, whatever becomes of the Pulumi that wanted it.
		await engineWatch.toItsEnd(async () => {
			if (before !== this.to) await this.stage("switch", () => this.switchTo(before));
			await this.stage("verify", () => this.verify(before));
			await this.stage("record", () => this.record());
		});
		// Traffic that an earlier, interrupted `up` has moved is recorded by the one that finds it so.
		const moved = before !== this.to || olds?.activeColor !== this.to;
		const from = before === this.to ? olds?.activeColor : before;
		const record: CutoverRecord = {
			...((from === "blue" || from === "green") && {
				from,
				fromVersion: olds?.releases?.[from]?.version ?? "",
			}),
			to: this.to,
			toVersion: this.version(this.to),
			startedAt: gate?.startedAt ?? start.toISOString(),
			stages: [...(gate ? [{ name: "gate", durationMs: gate.durationMs }] : []), ...this.stages],
			...(inFlightAtSwitch !== undefined && { inFlightAtSwitch }),
			configHash: createHash("sha256").update(this.news.caddyfile).digest("hex").slice(0, 12),
		};
		return this.outputs(moved ? record : olds?.lastCutover);
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

	private async look(): Promise<Serving> {
		await assertProxyRuns(this.engine, this.news.proxy.container);
		return readServing(this.files);
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
		const { proxy, checks, policy } = this.news;
		const complaint = await verifyPublicSide(
			{ ...proxy, ...(this.trust && { trust: this.trust }) },
			this.to,
			checks,
			policy,
		);
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

	/**
	 * For the next `up` to know what was released, whatever becomes of this one and of the state. Traffic has moved and is
	 * well by now, so a record that cannot be written is no failure; the state has it too.
	 */
	private async record(): Promise<void> {
		const text = JSON.stringify(this.news.releases);
		try {
			if ((await this.files.read(RELEASES_FILE)) === text) return;
			await this.files.write(RELEASES_FILE, text);
		} catch (error) {
			this.report.warn(
				`traffic has moved and is well, but what was released could not be recorded on the host: ${messageOf(error)}`,
			);
		}
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

	private outputs(lastCutover: CutoverRecord | undefined): CutoverOutputs {
		return {
			...this.news,
			activeColor: this.to,
			activeVersion: this.version(this.to),
			standbyColor: otherColor(this.to),
			standbyVersion: this.version(otherColor(this.to)),
			caddyfileInForce: true,
			...(this.trust?.root !== undefined && { rootCertificate: this.trust.root }),
			...(lastCutover && { lastCutover }),
		};
	}
}
