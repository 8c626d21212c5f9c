import type { RequestCheck } from "../../plan/own-checks";
import { askProxy } from "../public-side";
import { durationText, excerpt, messageOf } from "../report";
import { faultOf } from "./answer";
import type { Fault, Subject, Way } from "./types";

/** Sends a request as often as it has to pass; the first answer that is not as it should be ends it. Never throws. */
export async function askRequest(
	subject: Subject,
	way: Way,
	check: RequestCheck,
): Promise<Fault | undefined> {
	for (let time = 1; time <= check.times; time++) {
		const text = await askOnce(subject, way, check);
		if (text === undefined) continue;
		const which = check.times === 1 ? "" : ` (request ${time} of ${check.times})`;
		return { text: `${text}${which}`, ...(check.service !== undefined && { service: check.service }) };
	}
	return undefined;
}

async function askOnce(
	{ proxy, color, timeoutMs }: Subject,
	way: Way,
	{ method, path, requestHeaders, requestBody, expect }: RequestCheck,
): Promise<string | undefined> {
	const what = `${method} ${proxy.url}${path} ${way.name}`;
	const start = performance.now();
	try {
		const response = await askProxy(proxy, {
			method,
			path,
			headers: { ...requestHeaders, ...way.headers },
			...(requestBody !== undefined && { body: requestBody }),
			// A little more than is allowed: that it took longer says more than that it was given up.
			timeoutMs: Math.max(timeoutMs, (expect.withinMs ?? 0) * 2),
		});
		const durationMs = performance.now() - start;
		const by = proxy.colorHeader === undefined ? color : response.headers[proxy.colorHeader.toLowerCase()];
		const answered = `${what} answered ${response.status} in ${durationText(durationMs)}`;
		if (by !== color) return `${answered}, and it was ${by ?? "no color"} that did, not ${color}`;
		const fault = faultOf(expect, response, durationMs);
		if (fault === undefined) return undefined;
		const body = excerpt(response.body, 400);
		return `${answered} ${fault}${body === "" ? "" : `: ${body}`}`;
	} catch (error) {
		return `${what} got no answer: ${messageOf(error)} (after ${durationText(performance.now() - start)})`;
	}
}
