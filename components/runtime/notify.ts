import { setTimeout as pause } from "node:timers/promises";
import type { Color } from "../settings/schema";
import type { Serving } from "./caddy/world";
import { durationText, MovedBackError, messageOf, type Reporter, sleep } from "./report";
import type { CutoverInputs, CutoverOutputs, NotifyInputs, Webhook } from "./steps";

/**
 * Tells webhooks of a switch. Nothing of it is waited for until the switch is over, or has been moved back, and nothing that
 * goes wrong with it is the switch's failure.
 */

/**
 * started: the new color is ready, and traffic is about to move. finished: it has all traffic, and was verified. paused: it
 * has a share, and the rest waits for somebody. rolled-back: it had traffic, and the old color has it again. failed: anything
 * else; `reason` says it, and who serves is for the `up` to tell.
 */
export type SwitchEvent = Webhook["on"][number];

/** The body of a webhook with `format: json`. */
export interface Notice {
	/** "shop/prod". */
	readonly stack: string;
	readonly event: SwitchEvent;
	/** Who served before; unset: nobody did. "shared": both, in a gradual switch. */
	readonly from?: Color | "shared";
	readonly to: Color;
	/** Of both colors, where known. */
	readonly versions: Readonly<Partial<Record<Color, string>>>;
	/** ISO 8601, UTC. */
	readonly startedAt: string;
	/** Since then; not in "started". */
	readonly durationMs?: number;
	/** Why it failed: the first line of what the `up` says. */
	readonly reason?: string;
	/** Where visitors find the product. */
	readonly url: string;
}

/** Longest time for one notice with all its tries, and for the wait at the end of a switch. */
const DEADLINE_MS = 5_000;
/** Longest time for one try. */
const TRY_MS = 2_000;
/** Before the second try; then twice as long each time. */
const PAUSE_MS = 250;

/**
 * Carries out `work`, and tells of it where it is a switch.
 *
 * @param serving What the proxy does now; where that cannot be read, nobody is told that a switch starts.
 * @returns and throws what `work` does, at most `deadlineMs` later.
 */
export async function announced(
	inputs: CutoverInputs & { readonly notify: NotifyInputs },
	report: Reporter,
	serving: () => Promise<Serving>,
	work: () => Promise<CutoverOutputs>,
	deadlineMs = DEADLINE_MS,
): Promise<CutoverOutputs> {
	const before = await serving().catch(() => undefined);
	if (before === inputs.active || before === undefined) return work();
	const startedAt = new Date();
	const lines = inputs.notify.webhooks.map((webhook) => new Line(webhook, report, deadlineMs));
	const tell = (event: SwitchEvent, rest: Pick<Notice, "durationMs" | "reason"> = {}) => {
		const notice = noticeOf(inputs, before, startedAt, event);
		for (const line of lines) line.send({ ...notice, ...rest });
	};
	const durationMs = () => Date.now() - startedAt.getTime();
	tell("started");
	try {
		const outputs = await work();
		tell(outputs.activeColor === inputs.active ? "finished" : "paused", { durationMs: durationMs() });
		return outputs;
	} catch (error) {
		const [reason = ""] = messageOf(error).split("\n");
		tell(error instanceof MovedBackError ? "rolled-back" : "failed", { durationMs: durationMs(), reason });
		throw error;
	} finally {
		const idle = () => Promise.all(lines.map((line) => line.idle()));
		await Promise.race([idle(), sleep(deadlineMs)]);
		for (const line of lines) line.close();
		await idle();
	}
}

function noticeOf(
	{ active, releases, proxy, notify }: CutoverInputs & { readonly notify: NotifyInputs },
	before: Serving,
	startedAt: Date,
	event: SwitchEvent,
): Notice {
	const versions = Object.entries(releases).map(([color, release]) => [color, release.version]);
	return {
		stack: notify.stack,
		event,
		...(before !== "none" && { from: before }),
		to: active,
		versions: Object.fromEntries(versions),
		startedAt: startedAt.toISOString(),
		url: publicUrl(proxy),
	};
}

/** With the host name by which visitors know it, where there is one. */
function publicUrl({ url, host }: CutoverInputs["proxy"]): string {
	if (host === undefined) return url;
	const named = new URL(url);
	named.hostname = host;
	return named.href.replace(/\/$/, "");
}

/** One webhook: its notices go out in the order in which they were sent. */
class Line {
	private tail: Promise<void> = Promise.resolve();
	private readonly closed = new AbortController();

	constructor(
		private readonly webhook: Webhook,
		private readonly report: Reporter,
		private readonly deadlineMs: number,
	) {}

	send(notice: Notice): void {
		if (!this.webhook.on.includes(notice.event)) return;
		this.tail = this.tail.then(() => this.deliver(notice));
	}

	idle(): Promise<void> {
		return this.tail;
	}

	/** Gives up what is still under way. */
	close(): void {
		this.closed.abort();
	}

	/** Never rejects. */
	private async deliver(notice: Notice): Promise<void> {
		const { url, format } = this.webhook;
		const body = JSON.stringify(format === "slack" ? { text: slackText(notice) } : notice);
		const begun = performance.now();
		const left = () => this.deadlineMs - (performance.now() - begun);
		let [tries, pauseMs, trouble] = [0, PAUSE_MS, "the switch was over before it could be told"];
		while (!this.closed.signal.aborted && left() > 0) {
			tries++;
			const answer = await post(url, body, Math.ceil(Math.min(TRY_MS, left())), this.closed.signal);
			if (answer === "taken") return;
			trouble = answer.trouble;
			if (answer.final || left() < pauseMs) break;
			await pause(pauseMs, undefined, { signal: this.closed.signal }).catch(() => undefined);
			pauseMs *= 2;
		}
		const count = tries === 1 ? "1 try" : `${tries} tries`;
		// Its path may be as good as a password.
		this.report.warn(
			`the webhook at ${hostOf(url)} was not told "${notice.event}": ${trouble} (${count} in ${durationText(performance.now() - begun)}). The switch is not concerned.`,
		);
	}
}

/** One try. `final`: another one would end the same way. */
async function post(
	url: string,
	body: string,
	timeoutMs: number,
	closed: AbortSignal,
): Promise<"taken" | { readonly trouble: string; readonly final: boolean }> {
	try {
		const response = await fetch(url, {
			method: "POST",
			headers: { "Content-Type": "application/json", "User-Agent": "pulumi-docker-blue-green" },
			body,
			redirect: "manual",
			signal: AbortSignal.any([closed, AbortSignal.timeout(timeoutMs)]),
		});
		await response.body?.cancel();
		if (response.ok) return "taken";
		const { status } = response;
		return { trouble: `it answered ${status}`, final: status < 500 && status !== 429 && status !== 408 };
	} catch (error) {
		if (closed.aborted) return { trouble: "no answer by the end of the switch", final: true };
		if ((error as Error).name === "TimeoutError")
			return { trouble: `no answer within ${durationText(timeoutMs)}`, final: false };
		// fetch says what happened in the cause only.
		const { cause } = error as { cause?: { code?: string } };
		return { trouble: cause?.code ?? "it could not be reached", final: false };
	}
}

function hostOf(url: string): string {
	return URL.canParse(url) ? new URL(url).host : "an address that is none";
}

/** Slack's format of text: https://api.slack.com/reference/surfaces/formatting#escaping */
function slackText({ stack, event, from, to, versions, durationMs = 0, reason, url }: Notice): string {
	const named = (color: Color | "shared") =>
		color === "shared" ? "blue and green" : [color, versions[color]].filter(Boolean).join(" ");
	const way = from === undefined ? named(to) : `${named(from)} → ${named(to)}`;
	const back = from === undefined || from === "shared" ? "the old color" : named(from);
	const what: Record<SwitchEvent, string> = {
		started: `switch ${way} has started`,
		finished: `${named(to)} serves: switch ${way} finished in ${durationText(durationMs)}`,
		paused: `switch ${way} is paused, and waits for somebody`,
		"rolled-back": `${named(to)} failed, and traffic is back on ${back}: ${reason}`,
		failed: `switch ${way} failed: ${reason}`,
	};
	const text = `${stack}: ${what[event]} (${url})`;
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
