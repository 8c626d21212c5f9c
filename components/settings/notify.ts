import { z } from "zod";
import { variableName } from "./values";

/** What is told of a switch; see `SwitchEvent` in runtime/notify.ts. */
export const SWITCH_EVENTS = ["started", "finished", "paused", "rolled-back", "failed"] as const;

const webhook = z.strictObject({
	/** Where to: an address, or the name of an entry of the top-level `secrets` that holds it, as it is one for Slack. */
	url: z
		.union([z.url({ protocol: /^https?$/ }), variableName], {
			error: "an address such as https://example.com/hook, or a name under secrets",
		})
		.meta({ examples: ["https://example.com/hook"] }),
	/** Which switches, and failures, are told of. */
	on: z
		.array(z.enum(SWITCH_EVENTS))
		.min(1)
		.default([...SWITCH_EVENTS]),
	/** json: all that is known, for programs. slack: one line, as Slack, Mattermost and Rocket.Chat take it. */
	format: z.enum(["json", "slack"]).default("json"),
});

/** Who is told of switches: one webhook, or a list of them. */
export const notify = z.union([webhook, z.array(webhook)]).default([]);
export type Notify = z.infer<typeof notify>;

/** As a list, whichever way it was written. */
export function webhooksOf(settings: Notify): readonly z.infer<typeof webhook>[] {
	return Array.isArray(settings) ? settings : [settings];
}

/** Whether a webhook's `url` names a secret. */
export function namesSecret(url: string): boolean {
	return variableName.safeParse(url).success;
}
