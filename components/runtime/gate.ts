import type { Engine } from "./docker/engine";
import { type Observation, ReadinessProbe } from "./readiness";
import { durationText, indented, StepError, sleep } from "./report";
import type { GatePolicy, Target } from "./steps";

/** One replica that did not become ready, and the last thing seen of it. */
export interface Unready {
	readonly target: Target;
	readonly last: Observation;
	readonly passes: number;
}

export type GateResult =
	| { readonly ready: true; readonly durationMs: number }
	| { readonly ready: false; readonly durationMs: number; readonly unready: readonly Unready[] };

/**
 * Waits until every target has passed `policy.passes` times in a row. Ends early, not ready, as soon as one is dead.
 * Looks at all targets at once, every `policy.intervalMs`; the deadline holds for all of them together.
 *
 * @param look How one replica is looked at; never throws.
 */
export async function waitUntilReady(
	targets: readonly Target[],
	policy: GatePolicy,
	look: (target: Target) => Promise<Observation>,
): Promise<GateResult> {
	const start = performance.now();
	const passes = new Map<string, number>();
	for (;;) {
		const round = performance.now();
		const seen = await Promise.all(targets.map(async (target) => ({ target, last: await look(target) })));
		for (const { target, last } of seen) {
			passes.set(target.container, last.state === "pass" ? (passes.get(target.container) ?? 0) + 1 : 0);
		}
		const unready = seen
			.map((one) => ({ ...one, passes: passes.get(one.target.container) ?? 0 }))
			.filter((one) => one.passes < policy.passes);
		const durationMs = Math.round(performance.now() - start);
		if (unready.length === 0) return { ready: true, durationMs };
		const dead = unready.filter(({ last }) => last.state === "dead");
		if (dead.length > 0) return { ready: false, durationMs, unready: dead };
		const pause = Math.max(0, policy.intervalMs - (performance.now() - round));
		if (durationMs + pause >= policy.deadlineMs) return { ready: false, durationMs, unready };
		await sleep(pause);
	}
}

/** `waitUntilReady` on real containers. */
export async function gate(
	engine: Engine,
	vantage: string,
	targets: readonly Target[],
	policy: GatePolicy,
): Promise<GateResult> {
	const probe = new ReadinessProbe(engine, vantage, policy.timeoutMs);
	try {
		return await waitUntilReady(targets, policy, (target) => probe.look(target));
	} finally {
		probe.close();
	}
}

/**
 * The error for a color that is not ready: what was seen, the last log lines, who serves, what to do.
 *
 * @param release "green 2.0.0".
 * @param outlook Who serves now and the commands that come next.
 */
export async function notReady(
	engine: Engine,
	release: string,
	result: Extract<GateResult, { ready: false }>,
	policy: GatePolicy,
	outlook: string,
): Promise<StepError> {
	const blocks = await Promise.all(
		result.unready.map(async ({ target, last, passes }) => {
			const logs = await engine.lastLogLines(target.container);
			const count = last.state === "dead" ? "" : ` (${passes} of ${policy.passes} passes in a row)`;
			const shown = logs.length === 0 ? [] : [`  its last log lines:`, indented(logs)];
			return [`  ${target.container}${count}: ${last.seen}`, ...shown].join("\n");
		}),
	);
	const after = `after ${durationText(result.durationMs)} of at most ${durationText(policy.deadlineMs)}`;
	return new StepError([`${release} is not ready ${after}.`, ...blocks, outlook].join("\n"));
}
