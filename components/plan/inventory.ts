import { createHash } from "node:crypto";

/**
 * Some containers as one short text: how many, and a hash of their Docker ids. Exported with the stack, because Pulumi gives
 * a program the exports of its last good `up` in some 10 ms, the whole state in 100 ms and more: where the host shows the
 * same containers, the state need not be asked.
 */
export function inventoryText(ids: readonly string[]): string {
	const hash = createHash("sha256").update([...ids].sort().join("\n"));
	return `${ids.length}, ${hash.digest("hex").slice(0, 12)}`;
}

/** Name of the export that holds it. */
export const INVENTORY_OUTPUT = "containers";
