import { z } from "zod";
import { COLORS, color, otherColor } from "../../components/settings/schema";
import { type Preview, stepOfType } from "./preview";

/** What a preview tells of the traffic. Texts are as the preview has them: not safe for Markdown. */
export interface Traffic {
	/** "blue → green", or "unchanged". */
	readonly colors: string;
	/** "1.4.0 → 1.5.0"; empty where no version is known. */
	readonly versions: string;
	/** "in steps: 5 % for 60 s, then all"; undefined: at once, or not at all. */
	readonly steps?: string;
	/** "off → on. Visitors get a page with status 503 …"; undefined: nothing to say. */
	readonly maintenance?: string;
	/** "blue 1.4.0": before the `up`; undefined: nothing serves, or it is not known. */
	readonly now?: string;
	/** The colors that visitors are on before the `up`. */
	readonly serving: readonly string[];
	readonly moves: boolean;
}

const releases = z.partialRecord(color, z.object({ version: z.string() }));

/** The state of the cutover before the `up`. A field of another shape than today's is as if it were not there. */
const before = z.object({
	activeColor: z.string().optional().catch(undefined),
	activeVersion: z.string().optional().catch(undefined),
	releases: releases.default({}).catch({}),
	onTrial: z.object({ to: color, share: z.number() }).optional().catch(undefined),
});

const after = z.object({
	active: color.optional().catch(undefined),
	releases: releases.default({}).catch({}),
});

export function trafficOf(preview: Preview): Traffic {
	const step = stepOfType(preview, "Cutover");
	// Where the cutover does nothing, the exports of the stack say who serves.
	const stack = preview.steps.find(({ urn }) => urn.includes("::pulumi:pulumi:Stack::"));
	const old = before.parse(step?.oldState?.outputs ?? stack?.oldState?.outputs ?? {});
	const { activeColor: from = "none", activeVersion = "", onTrial } = old;
	const shared = onTrial !== undefined || from === "shared";
	const now = [from, activeVersion].filter(Boolean).join(" ");
	const base = {
		serving: shared ? COLORS : COLORS.filter((one) => one === from),
		...(from !== "none" && { now: onTrial ? `${now}: ${onTrial.to} has ${onTrial.share} %` : now }),
		...told(preview),
	};
	const move = (colors: string, ...versions: (string | undefined)[]): Traffic => ({
		colors,
		versions: versions.filter(Boolean).join(" → "),
		moves: true,
		...base,
	});
	const unchanged: Traffic = { colors: "unchanged", versions: "", moves: false, ...base };
	if (step === undefined || step.op === "same") return unchanged;
	if (step.op === "delete") return from === "none" ? unchanged : move(`${from} → none`, activeVersion);
	const wanted = after.parse(step.newState?.inputs ?? {});
	const to = wanted.active;
	if (to === undefined || (from === to && !onTrial)) return unchanged;
	const version = wanted.releases[to]?.version;
	if (onTrial === undefined) return move(`${from} → ${to}`, activeVersion, version);
	const other = otherColor(to);
	if (onTrial.to !== to) return move(`all back to ${to}`, version);
	return move(`${other} → ${to}`, old.releases[other]?.version, version);
}

/** What the program itself says of steps and maintenance, in its own words. */
function told({ diagnostics }: Preview): Pick<Traffic, "steps" | "maintenance"> {
	const lines = diagnostics.flatMap(({ message }) => message.split("\n"));
	const steps = lines
		.map(
			(line) =>
				/\btraffic: .*?((?:in steps: |goes on at |is paused at |all to \w+ at once|which has ).*)$/.exec(
					line,
				)?.[1],
		)
		.find((text) => text !== undefined);
	const maintenance = lines
		.map((line) => /^(?:\w+: )?(maintenance(?::| is) .*)$/.exec(line)?.[1])
		.find((text) => text !== undefined);
	return { ...(steps !== undefined && { steps }), ...(maintenance !== undefined && { maintenance }) };
}
