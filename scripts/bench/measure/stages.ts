/** A line of `pulumi up`, and when it came: milliseconds since the command began. */
export interface TimedLine {
	atMs: number;
	text: string;
}

export interface Stage {
	name: string;
	durationMs: number;
}

/**
 * What parts an `up` into stages, in order: each stage ends with the first line, after the one before it, that matches.
 * An `up` that changes nothing has only the first two and the last.
 */
const ENDS: readonly (readonly [string, RegExp])[] = [
	["preview", /^Updating \(/],
	["containers", /HealthGate \S+ (creating|updating) \(/],
	["health gate", /HealthGate \S+ (created|updated) \(/],
	["cutover", /Cutover \S+ (created|updated) \(/],
	["drain", /Drain \S+ (created|updated) \(/],
];

/**
 * Where the time of one `pulumi up` went, from its output. The stages add up to the whole; what comes between two
 * resources belongs to the later one.
 *
 * @param durationMs of the whole command.
 */
export function stagesOf(lines: readonly TimedLine[], durationMs: number): Stage[] {
	const stages: Stage[] = [];
	let from = 0;
	let fromMs = 0;
	for (const [name, end] of ENDS) {
		const index = lines.findIndex(
			({ text }, at) => at >= from && end.test(text.trim().replace(/^[~+-]+\s+/, "")),
		);
		const line = lines[index];
		if (line === undefined) continue;
		stages.push({ name, durationMs: line.atMs - fromMs });
		from = index + 1;
		fromMs = line.atMs;
	}
	return [...stages, { name: "rest", durationMs: durationMs - fromMs }];
}
