import { readSwitch, SWITCH_FILE, type Trial, wantedValue } from "../proxy/switch-file";
import type { Color, Maintenance } from "../settings/schema";
import type { ProxyFiles } from "./caddy/files";
import { type Traffic, trafficBy } from "./caddy/traffic";

/** The hand on the switch file during a cutover: one rename for each thing that it does. */
export class TrafficSwitch {
	/** Whether visitors got the page of maintenance when this began. */
	maintained: Maintenance = "off";
	/** Whether a trial stands there by now, be it one of all traffic. */
	private onTrial = false;

	/** @param wanted Whether they are to get it; all that is written says so as well. */
	constructor(
		private readonly files: ProxyFiles,
		readonly wanted: Maintenance,
	) {}

	/** What stands there before anything is written. @throws Error where the proxy's container does not run. */
	async look(): Promise<Traffic> {
		const value = await this.files.read(SWITCH_FILE);
		const traffic = trafficBy(value);
		this.maintained = traffic.maintenance;
		this.onTrial = value !== undefined && typeof readSwitch(value).traffic !== "string";
		return traffic;
	}

	/** All traffic to a color, or a share of it. @throws StepError where the file cannot be written. */
	give(to: Color | Trial): Promise<void> {
		return this.write(to, this.wanted);
	}

	/** All traffic to a color, as visitors had it before: with the page, or without. */
	giveBack(to: Color): Promise<void> {
		return this.write(to, this.maintained);
	}

	/** Ends a trial that has come to all traffic; does nothing where there is none. */
	async settle(to: Color): Promise<void> {
		if (this.onTrial) await this.give(to);
	}

	private async write(to: Color | Trial, maintenance: Maintenance): Promise<void> {
		await this.files.write(SWITCH_FILE, wantedValue(to, maintenance));
		this.onTrial = typeof to !== "string";
	}
}
