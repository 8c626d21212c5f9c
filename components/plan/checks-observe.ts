import { isObserved } from "../settings/observe";
import { type Problem, removeCommand, setCommand } from "../settings/problems";
import type { ReleaseSettings } from "../settings/schema";

type Observed = Pick<ReleaseSettings, "observe" | "services" | "strategy">;

/** How `observe` fits the rest of the settings. */
export function checkObserve(settings: Observed): Problem[] {
	return [...probesWithoutService(settings), ...timeWithoutLook(settings)];
}

function probesWithoutService({ observe, services }: Observed): Problem[] {
	const known = Object.keys(services);
	return observe.probes.flatMap(({ in: service }, index) => {
		if (service === undefined || service in services) return [];
		const path = ["observe", "probes", index, "in"];
		const reason = `there is no service ${service}. Allowed: ${known.join(", ")}, or nothing, and it runs where pulumi up runs.`;
		return [{ path, reason, fix: [setCommand(path, known[0] ?? ""), removeCommand(path)] }];
	});
}

/** Limits that would never be looked at. */
function timeWithoutLook({ observe, strategy }: Observed): Problem[] {
	const { window, every, compare } = observe;
	if (!isObserved(observe)) return [];
	const shared = strategy.steps.some(({ hold }) => hold > 0);
	const step = [
		setCommand(["strategy", "steps", 0, "share"], "5"),
		setCommand(["strategy", "steps", 0, "hold"], "2m"),
	];
	const problems: Problem[] = [];
	if (window > 0 && every > window)
		problems.push({
			path: ["observe", "every"],
			reason: `${every} ms is longer than observe.window, ${window} ms. Allowed: at most that.`,
			fix: [setCommand(["observe", "every"], "1s")],
		});
	if (window === 0 && !shared)
		problems.push({
			path: ["observe", "window"],
			reason:
				'there is no time in which the limits would be looked at. Allowed: "0" only where a step of strategy is held.',
			fix: [setCommand(["observe", "window"], "60s")],
		});
	if (compare !== undefined && !shared)
		problems.push({
			path: ["observe", "compare"],
			reason:
				"the colors are compared while both have visitors, and no step of strategy is held. Allowed: with such a step.",
			fix: [...step, removeCommand(["observe", "compare"])],
		});
	return problems;
}
