import type { Engine } from "./docker/engine";
import { type Observation, ReadinessProbe } from "./readiness";
import { durationText, indented, StepError, sleep } from "./report";
import type { GatePolicy, Target } from "./steps";

/** One replica that did not become ready, and the last thing seen of it. */
export interface Unready {
	readonly target: Target;
	readonly last: Observation;
	readonly passes: number;
	/** The last look that was no pass, where `last` is one: why its passes are too few. Unset: there was none. */
	readonly setback?: Observation;
}

export type GateResult =
	| { readonly ready: true; readonly durationMs: number; readonly startedAt?: Starts }
	| { readonly ready: false; readonly durationMs: number; readonly unready: readonly Unready[] };

/** When each container's process was started, by Docker's id: ms since 1970 by the Docker host's clock. */
export type Starts = Readonly<Record<string, number>>;

/**
 * Waits until every target has passed `policy.passes` times in a row. Ends early, not ready, as soon as one is dead.
 * Looks at all targets at once, every `policy.intervalMs`; the deadline holds for all of them together.
 *
 * @param look How one replica is looked at; never throws.
 * @param proven Whether it has passed before and has run on since: it need not show again that it stays well, so its passes
 * follow each other at once. Default: none has.
 */
export async function waitUntilReady(
	targets: readonly Target[],
	policy: GatePolicy,
	look: (target: Target) => Promise<Observation>,
	proven: (target: Target) => boolean = () => false,
): Promise<GateResult> {
	const start = performance.now();
	const passes = new Map<string, number>();
	const setbacks = new Map<string, Observation>();
	for (;;) {
		const round = performance.now();
		const seen = await Promise.all(targets.map(async (target) => ({ target, last: await look(target) })));
		for (const { target, last } of seen) {
			const { container } = target;
			const passed = last.state === "pass";
			passes.set(container, passed ? (passes.get(container) ?? 0) + 1 : 0);
			if (!passed) setbacks.set(container, last);
		}
		const unready = seen
			.map((one) => {
				const { container } = one.target;
				const setback = one.last.state === "pass" ? setbacks.get(container) : undefined;
				return { ...one, passes: passes.get(container) ?? 0, ...(setback && { setback }) };
			})
			.filter((one) => one.passes < policy.passes);
		const durationMs = Math.round(performance.now() - start);
		if (unready.length === 0) return { ready: true, durationMs };
		const dead = unready.filter(({ last }) => last.state === "dead");
		if (dead.length > 0) return { ready: false, durationMs, unready: dead };
		const atOnce = unready.every(({ target, last }) => last.state === "pass" && proven(target));
		const pause = atOnce ? 0 : Math.max(0, policy.intervalMs - (performance.now() - round));
		if (durationMs + pause >= policy.deadlineMs) return { ready: false, durationMs, unready };
		await sleep(pause);
	}
}

/**
 * `waitUntilReady` on real containers.
 *
 * @param passed Containers that have passed before, with their start of then.
 */
export async function gate(
	engine: Engine,
	vantage: string,
	targets: readonly Target[],
	policy: GatePolicy,
	passed: Starts = {},
): Promise<GateResult> {
	const probe = new ReadinessProbe(engine, vantage, policy.timeoutMs);
	const proven = (target: Target) => {
		const before = passed[target.id];
		return before !== undefined && before === probe.startedAt(target);
	};
	try {
		const result = await waitUntilReady(targets, policy, (target) => probe.look(target), proven);
		if (!result.ready) return result;
		const starts = targets.map((target) => [target.id, probe.startedAt(target) ?? 0] as const);
		return { ...result, startedAt: Object.fromEntries(starts) };
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
		result.unready.map(async ({ target, last, passes, setback }) => {
			const logs = await engine.lastLogLines(target.container);
			const count = last.state === "dead" ? "" : ` (${passes} of ${policy.passes} passes in a row)`;
			const shown = logs.length === 0 ? [] : [`  its last log lines:`, indented(logs)];
			const before = setback === undefined ? [] : [`  before that: ${setback.seen}`];
			const hint = hintOfFiles(target, logs);
			return [`  ${target.container}${count}: ${last.seen}`, ...before, ...shown, ...hint].join("\n");
		}),
	);
	const after = `after ${durationText(result.durationMs)} of at most ${durationText(policy.deadlineMs)}`;
	return new StepError([`${release} is not ready ${after}.`, ...blocks, outlook].join("\n"));
}

/** For who starts an image that knows a variable only as itself: it says so in its log, if it says anything. */
function hintOfFiles({ service, inFiles = [] }: Target, logs: readonly string[]): string[] {
	const named = inFiles.filter((name) => new RegExp(`\\b${name}\\b`).test(logs.join("\n")));
	if (named.length === 0) return [];
	const files = named.map((name) => `${name}_FILE`).join(" and ");
	return [
		`  ${named.join(" and ")}: given as a file, which ${files} names. An image that knows no files needs: pulumi config set --path services.${service}.secretsAs env`,
	];
}
