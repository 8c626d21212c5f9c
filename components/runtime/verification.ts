import { visitCookie } from "../proxy/share";
import type { Trial } from "../proxy/switch-file";
import { runOwnChecks } from "./checks/run";
import type { Subject } from "./checks/types";
import type { Engine } from "./docker/engine";
import { PUBLIC_WAY } from "./look-first";
import { type Complaint, maintenanceIsShown, verifyPublicSide } from "./public-side";
import { type Reporter, StepError } from "./report";
import type { CutoverInputs } from "./steps";

/** Asks through the public side whether the new color answers as it should. */
export class Verification {
	readonly subject: Subject;

	constructor(
		engine: Engine,
		private readonly news: CutoverInputs,
		private readonly report: Reporter,
	) {
		const { active: color, proxy, targets, policy, releases } = news;
		const version = releases[color]?.version ?? "";
		this.subject = { engine, color, version, proxy, targets, timeoutMs: policy.timeoutMs };
	}

	/** For people: "green 2.0.0". */
	get release(): string {
		return `${this.subject.color} ${this.subject.version}`;
	}

	/** @param moved Whether traffic comes to it anew: then the stack's own checks are run as well. */
	async complaint(moved: boolean): Promise<Complaint> {
		const { proxy, active, checks, ownChecks = [], policy } = this.news;
		const complaint = await verifyPublicSide(proxy, active, checks, policy);
		if (complaint !== undefined || !moved) return complaint;
		return runOwnChecks(this.subject, PUBLIC_WAY, ownChecks, this.report);
	}

	/** While it is on trial: as one of its visitors sees it. */
	complaintOnTrial(trial: Trial): Promise<Complaint> {
		const { proxy, active, checks, policy } = this.news;
		const headers = { Cookie: visitCookie(trial) };
		return verifyPublicSide(proxy, active, checks, policy, { name: "as a visitor of the trial", headers });
	}

	/**
	 * In maintenance nobody is passed on to the color that was chosen; gate and check have seen it well.
	 *
	 * @throws StepError where visitors do not see the page.
	 */
	async maintenance(moved: boolean): Promise<void> {
		const { proxy, policy } = this.news;
		const complaint = await maintenanceIsShown(proxy, policy.timeoutMs);
		if (complaint !== undefined)
			throw new StepError(
				`Maintenance is on, but visitors do not see its page: ${complaint}\nNext: mend that, then: pulumi up`,
			);
		const unseen = moved
			? `; ${this.release} was not verified through the public side, which passes nobody on`
			: "";
		this.report.info(`maintenance is on: visitors get a page with status 503${unseen}`);
	}
}
