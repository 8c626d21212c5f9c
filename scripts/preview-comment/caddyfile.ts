import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from "diff";
import { type Preview, stepOfType } from "../preview/preview";

export interface CaddyfileDiff {
	/** A unified diff. */
	readonly lines: readonly string[];
	readonly added: number;
	readonly removed: number;
	/** There was none before. */
	readonly first: boolean;
}

/** How the proxy's configuration changes; undefined: it does not, and Caddy is not reloaded. */
export function caddyfileDiff(preview: Preview): CaddyfileDiff | undefined {
	const step = stepOfType(preview, "Cutover");
	const old = textOf(step?.oldState?.inputs.caddyfile);
	const wanted = textOf(step?.newState?.inputs.caddyfile);
	if (step === undefined || wanted === "" || old === wanted) return undefined;
	const name = "Caddyfile";
	const patch = structuredPatch(name, name, old, wanted, undefined, undefined, { context: 3 });
	const changed = patch.hunks.flatMap(({ lines }) => lines);
	return {
		lines: formatPatch(patch, FILE_HEADERS_ONLY).trimEnd().split("\n"),
		added: changed.filter((line) => line.startsWith("+")).length,
		removed: changed.filter((line) => line.startsWith("-")).length,
		first: old === "",
	};
}

function textOf(value: unknown): string {
	return typeof value === "string" ? value : "";
}
