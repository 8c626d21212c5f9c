import { COLORS, type Color } from "../settings/schema";
import { assertProxyRuns, servingSentence } from "./caddy/world";
import type { Engine } from "./docker/engine";
import { gate, notReady } from "./gate";
import { nextAfter, nextOnStandby } from "./next";
import { durationText, type Reporter, timed } from "./report";
import type { ColorTargets, HealthGateInputs, HealthGateOutputs, Passed, Target } from "./steps";
import { warmUp } from "./warm-up";

/** What the state knows of the last run. */
type Before = HealthGateInputs & Pick<HealthGateOutputs, "passed">;

/**
 * Waits until what is new is ready: the color that becomes active, and every color whose containers are new since
 * `olds`. Touches no traffic.
 *
 * A replica that has passed before and runs on since, as on a warm standby, is asked as often, but without a pause between,
 * and is not warmed up again: a rollback has no time to lose.
 *
 * @throws StepError that says which replica is not ready, and why.
 */
export async function runHealthGate(
	engine: Engine,
	olds: Before | undefined,
	news: HealthGateInputs,
	report: Reporter,
): Promise<HealthGateOutputs> {
	const results: string[] = [];
	const startedAt = new Date();
	const passed = passedBefore(olds, news);
	const starts = Object.fromEntries(Object.entries(passed).map(([id, { startedAtMs }]) => [id, startedAtMs]));
	// Probes start in the proxy's container; without it every replica would look ill.
	await assertProxyRuns(engine, news.proxy);
	for (const color of colorsToCheck(olds, news)) {
		const { version, targets } = news.colors[color] as ColorTargets;
		const replicas = `${targets.length} ${targets.length === 1 ? "replica" : "replicas"}`;
		report.info(
			`waiting for ${color} ${version}: ${replicas}, ${news.policy.passes} passes in a row, at most ${durationText(news.policy.deadlineMs)}`,
		);
		const result = await gate(engine, news.proxy, targets, news.policy, starts);
		if (!result.ready) {
			const outlook = `${await servingSentence(engine, news.proxy)}\n${color === news.active ? nextAfter(color) : nextOnStandby(color)}`;
			throw await notReady(engine, `${color} ${version}`, result, news.policy, outlook);
		}
		const isWarm = ({ id }: Target) =>
			passed[id]?.warm === true && passed[id].startedAtMs === result.startedAt?.[id];
		const cold = targets.filter((target) => !isWarm(target));
		if (color === news.active) await warm(engine, news, `${color} ${version}`, cold, report);
		for (const target of targets) {
			const startedAtMs = result.startedAt?.[target.id] ?? 0;
			passed[target.id] = { startedAtMs, warm: color === news.active || isWarm(target) };
		}
		results.push(`${color} ${version}: ${replicas} ready in ${durationText(result.durationMs)}`);
	}
	for (const line of results) report.info(line);
	return {
		...news,
		result: results.join("; ") || "nothing new to check",
		lastRun: { startedAt: startedAt.toISOString(), durationMs: Date.now() - startedAt.getTime() },
		passed,
	};
}

/** What is known of the containers that are still there. */
function passedBefore(olds: Before | undefined, news: HealthGateInputs): Record<string, Passed> {
	const there = COLORS.flatMap((color) => news.colors[color]?.targets ?? []).map(({ id }) => id);
	return Object.fromEntries(Object.entries(olds?.passed ?? {}).filter(([id]) => there.includes(id)));
}

/** For the color that visitors come to next; another one is warmed when it is its turn. */
async function warm(
	engine: Engine,
	{ proxy, policy }: HealthGateInputs,
	release: string,
	targets: readonly Target[],
	report: Reporter,
): Promise<void> {
	if (!targets.some((target) => target.warmUp !== undefined)) return;
	report.info(`warming up ${release}`);
	const { value, durationMs } = await timed(() => warmUp(engine, proxy, targets, policy.timeoutMs));
	const { sent, failed, lastFailure } = value;
	report.info(`${release} warmed up with ${sent} requests in ${durationText(durationMs)}`);
	if (lastFailure !== undefined)
		report.warn(
			`${failed} of ${sent} warm-up requests failed; the release goes on. The last: ${lastFailure}`,
		);
}

/** The active color first: it is what a person waits for. */
export function colorsToCheck(olds: HealthGateInputs | undefined, news: HealthGateInputs): Color[] {
	const known = (color: Color) => (olds?.colors[color]?.targets ?? []).map(({ id }) => id);
	const isNew = (color: Color) =>
		(news.colors[color]?.targets ?? []).some(({ id }) => !known(color).includes(id));
	return [...COLORS]
		.sort((a) => (a === news.active ? -1 : 1))
		.filter((color) => news.colors[color] !== undefined)
		.filter((color) => isNew(color) || (color === news.active && olds?.active !== color));
}
