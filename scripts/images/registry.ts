import { attempt } from "./attempt";

export interface PullLimits {
	/** A closed network is often silent rather than rude; a registry that is there answers within a second or two. */
	firstAnswerMs: number;
	/** For the whole image. */
	wholeMs: number;
}

/**
 * Pulls one image.
 *
 * @param limits default: 5 s until the registry answers at all, 10 minutes for the whole image.
 * @returns undefined when it is here now, else why not, in a line.
 */
export async function pull(
	image: string,
	{ firstAnswerMs, wholeMs }: PullLimits = { firstAnswerMs: 5_000, wholeMs: 600_000 },
): Promise<string | undefined> {
	const silence = new AbortController();
	const timer = setTimeout(() => silence.abort(), firstAnswerMs);
	const result = await attempt("docker", ["pull", image], {
		timeoutMs: wholeMs,
		onLine: () => clearTimeout(timer),
		signal: silence.signal,
	});
	clearTimeout(timer);
	if (!result.failed) return undefined;
	if (result.isCanceled) return `no answer within ${firstAnswerMs / 1000} s`;
	if (result.timedOut) return `not finished after ${Math.round(wholeMs / 1000)} s`;
	const last = result.all.trim().split("\n").at(-1) ?? "";
	return last.replace("Error response from daemon: ", "") || "docker pull failed";
}
