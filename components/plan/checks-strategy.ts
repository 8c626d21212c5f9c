import { type Problem, removeCommand, setCommand } from "../settings/problems";
import type { ReleaseSettings } from "../settings/schema";

/** Steps that do not lead upwards, or that nobody would notice; a rule that names two things or none. */
export function checkStrategy({ strategy }: ReleaseSettings): Problem[] {
	return [...checkSteps(strategy), ...checkOnly(strategy)];
}

type Strategy = ReleaseSettings["strategy"];

function checkSteps({ steps, only }: Strategy): Problem[] {
	return steps.flatMap(({ share, hold, pause }, index) => {
		const path = ["strategy", "steps", index];
		const problems: Problem[] = [];
		const before = steps[index - 1]?.share;
		if (before !== undefined && share <= before) {
			const next = Math.min(99, Math.floor(before) + 10);
			const fix = next > before ? setCommand([...path, "share"], String(next)) : removeCommand(path);
			const reason = `${share} follows ${before}. Allowed: a greater share in every step.`;
			problems.push({ path: [...path, "share"], reason, fix: [fix] });
		}
		if (share === 0 && only === undefined) {
			const reason =
				"0 lets nobody see the new color. Allowed: more than 0, or 0 together with strategy.only.";
			const fix = [
				setCommand([...path, "share"], "5"),
				setCommand(["strategy", "only", "header"], "X-Staff"),
			];
			problems.push({ path: [...path, "share"], reason, fix });
		}
		if (hold === 0 && !pause) {
			const reason = "missing, so nothing would be seen of this step. Allowed: a duration, or pause: true.";
			const fix = [setCommand([...path, "hold"], "60s"), setCommand([...path, "pause"], "true")];
			problems.push({ path: [...path, "hold"], reason, fix });
		}
		return problems;
	});
}

function checkOnly({ only }: Strategy): Problem[] {
	if (only === undefined || (only.header === undefined) !== (only.cookie === undefined)) return [];
	const path = ["strategy", "only"];
	if (only.header === undefined) {
		const reason = "says a value, but not of what. Allowed: header or cookie, one of the two.";
		return [{ path, reason, fix: [setCommand([...path, "header"], "X-Staff")] }];
	}
	const reason = "names a header and a cookie. Allowed: one of the two.";
	return [{ path, reason, fix: [removeCommand([...path, "cookie"])] }];
}
