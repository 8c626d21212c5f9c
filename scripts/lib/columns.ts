/** Rows as text in columns that are as wide as what stands in them; the last one may be as long as it likes. */
export function columns(rows: readonly (readonly string[])[], gap = 2): string[] {
	const widths = rows.reduce<number[]>((known, row) => {
		row.forEach((cell, index) => {
			known[index] = Math.max(known[index] ?? 0, cell.length);
		});
		return known;
	}, []);
	return rows.map((row) =>
		row
			.map((cell, index) => cell.padEnd((widths[index] ?? 0) + gap))
			.join("")
			.trimEnd(),
	);
}

/** "12 s", "5 min", "3 h", "2 d": how old something is, to the unit below. */
export function ageText(ms: number): string {
	const units: [number, string][] = [
		[86_400_000, "d"],
		[3_600_000, "h"],
		[60_000, "min"],
	];
	const [size, unit] = units.find(([one]) => ms >= 2 * one) ?? [1_000, "s"];
	return `${Math.max(0, Math.floor(ms / size))} ${unit}`;
}
