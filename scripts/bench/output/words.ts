/** Figures as people read them. "–" stands for what there is no figure for. */

const NONE = "–";

/** "1.8 ms", "350 ms", "4.2 s". */
export function duration(ms: number | null): string {
	if (ms === null) return NONE;
	if (ms < 10) return `${ms.toFixed(1)} ms`;
	return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** "41 MiB". */
export function mebibytes(bytes: number | null): string {
	if (bytes === null) return NONE;
	return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

export function count(value: number): string {
	return value.toLocaleString("en-US");
}

/** "0.97". */
export function ratio(value: number): string {
	return value.toFixed(2);
}

/** "3 × ECONNRESET, 1 × 502"; "–" for none. */
export function kinds(failures: Readonly<Record<string, number>>): string {
	const parts = Object.entries(failures)
		.sort(([, a], [, b]) => b - a)
		.map(([kind, times]) => `${count(times)} × ${kind}`);
	return parts.join(", ") || NONE;
}
