import type { CaddyAdmin } from "./caddy/admin";
import type { ProxyFiles } from "./caddy/files";
import type { Serving } from "./caddy/world";
import { awaitCertificates } from "./certificates";
import { configure } from "./configure";
import type { Engine } from "./docker/engine";
import { gate, notReady } from "./gate";
import { lookFirst } from "./look-first";
import { unmoved, whoServes } from "./outlook";
import type { PublicProxy } from "./public-side";
import { type Reporter, StepError } from "./report";
import type { CutoverInputs } from "./steps";
import type { TrafficSwitch } from "./traffic-switch";
import type { Verification } from "./verification";

/** What a preparation needs of the cutover that it is a part of. */
export interface PreparationContext {
	readonly engine: Engine;
	readonly admin: CaddyAdmin;
	readonly files: ProxyFiles;
	readonly news: CutoverInputs;
	readonly hand: TrafficSwitch;
	readonly verification: Verification;
	/** Gets to know what the certificates of the public side have to show. */
	readonly publicSide: PublicProxy;
	readonly report: Reporter;
}

/** What is done before any traffic moves: whatever fails here has failed nobody. */
export class Preparation {
	/** @param before Who serves meanwhile. */
	constructor(
		private readonly context: PreparationContext,
		private readonly before: Serving,
	) {}

	/**
	 * The gate may have passed in an earlier `up`: what it saw then is no reason to move traffic now.
	 * @throws StepError with what was seen of the replicas.
	 */
	async check(): Promise<void> {
		const { engine, news, verification } = this.context;
		const policy = { ...news.policy, passes: 1 };
		const result = await gate(engine, news.proxy.container, news.targets, policy);
		if (!result.ready) throw await notReady(engine, verification.release, result, policy, this.unmoved);
	}

	/** @throws StepError with Caddy's reason. */
	configure(): Promise<void> {
		const { engine, admin, files, news, report } = this.context;
		return configure({ engine, admin, files }, news, this.before === "none", this.whoServes, report);
	}

	/** @throws StepError where a host has none that will do, with what Caddy says of it. */
	async awaitCertificates(): Promise<void> {
		const { engine, admin, news, publicSide, report } = this.context;
		const trust = await awaitCertificates(engine, admin, news.proxy, this.whoServes, report);
		if (trust !== undefined) publicSide.trust = trust;
	}

	/** Through the preview. @throws StepError with what did not pass. */
	async lookFirst(): Promise<void> {
		const { files, news, verification, publicSide, report } = this.context;
		const inputs = { ...news, proxy: publicSide };
		const complaint = await lookFirst(verification.subject, files, inputs, report);
		if (complaint === undefined) return;
		throw new StepError(
			`${verification.release} did not pass before the switch: ${complaint}\n${this.unmoved}`,
		);
	}

	private get whoServes(): string {
		const { news, hand } = this.context;
		return whoServes(news.active, this.before, hand.maintained);
	}

	private get unmoved(): string {
		const { news, hand } = this.context;
		return unmoved(news.active, this.before, hand.maintained);
	}
}
