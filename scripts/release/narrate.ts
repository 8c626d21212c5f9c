import { type Change, changesOf, KINDS } from "../preview/changes";
import type { Preview } from "../preview/preview";
import { type Traffic, trafficOf } from "../preview/traffic";
import { plainLine, warningsOf, warningText } from "../preview/warnings";

/** A preview as a person would tell it. */
export interface Narration {
	readonly traffic: string;
	readonly warnings: readonly string[];
	readonly changes: readonly Pick<Change, "kind" | "name" | "type">[];
	/** The warnings first, then one line for each thing to know. */
	readonly text: string;
}

/** @param preview Without secrets; see `blankedPreview`. */
export function narrate(preview: Preview): Narration {
	const seen = trafficOf(preview);
	const changes = changesOf(preview);
	const warnings = warningsOf(preview, changes, seen).map(warningText);
	const traffic = trafficText(seen);
	return {
		traffic,
		warnings,
		changes: changes.map(({ kind, name, type }) => ({ kind, name, type })),
		text: [
			...warnings.map((warning) => `warning: ${warning}`),
			`traffic: ${traffic}`,
			...(seen.steps === undefined ? [] : [`how: ${plainLine(seen.steps)}`]),
			...(seen.maintenance === undefined ? [] : [plainLine(seen.maintenance)]),
			...containersText(changes),
			...stepsText(changes),
		].join("\n"),
	};
}

/** "blue 1.4.0 → green 1.5.0". */
function trafficText({ colors, versions, now, moves }: Traffic): string {
	if (!moves) return now === undefined ? colors : `${colors}, ${now} serves`;
	const [from, to] = colors.split(" → ");
	const [first, second] = versions.split(" → ");
	if (to === undefined) return `${colors} ${versions}`.trim();
	if (second !== undefined) return plainLine(`${from} ${first} → ${to} ${second}`);
	return plainLine(from === "none" ? `${to} ${first}, the first release` : `${colors} ${first}`);
}

function containersText(changes: readonly Change[]): string[] {
	const things = changes.filter(({ group }) => group === "Containers" || group === "Databases");
	const parts = KINDS.flatMap((kind) => {
		const { length } = things.filter((change) => change.kind === kind);
		return length === 0 ? [] : [`${length} ${length === 1 ? "container is" : "containers are"} ${kind}`];
	});
	const gone = things.some(({ kind }) => kind === "removed" || kind === "replaced");
	return [[...parts, ...(gone ? [] : ["nothing is removed"])].join("; ")];
}

const MIGRATIONS = ["expand", "backfill", "contract"] as const;

function stepsText(changes: readonly Change[]): string[] {
	const runs = MIGRATIONS.filter((phase) =>
		changes.some(
			({ group, kind, name }) => group === "Steps" && kind !== "removed" && name.endsWith(`-${phase}`),
		),
	);
	return runs.length === 0
		? []
		: [
				`${runs.length === 1 ? "migration" : "migrations"} ${runs.join(", ")} ${runs.length === 1 ? "runs" : "run"}`,
			];
}
