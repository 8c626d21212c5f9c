import { type HttpRequest, type HttpResponse, http } from "./http";
import { excerpt, messageOf, sleep } from "./report";
import type { CutoverInputs, GatePolicy, PublicCheck } from "./steps";
import { readVersion } from "./version";

type Proxy = CutoverInputs["proxy"];

/** Why the public side does not show what it should; undefined when it does. */
export type Complaint = string | undefined;

/**
 * Asks through the published port, as a client would, until every check has passed `passes` times in a row.
 * One wrong answer from the new color is a complaint at once: after the switch there is nothing to wait for,
 * and every further request may be a user's. A connection that fails is asked again until `timeoutMs`.
 *
 * @param headers For every request; those of the preview, or of a visitor on trial, lead past the public choice.
 */
export async function verifyPublicSide(
	proxy: Proxy,
	color: string,
	checks: readonly PublicCheck[],
	policy: Pick<GatePolicy, "passes" | "timeoutMs">,
	headers: Readonly<Record<string, string>> = {},
): Promise<Complaint> {
	for (let pass = 0; pass < policy.passes; pass++) {
		const complaints = await Promise.all(
			checks.map((check) => ask(proxy, color, check, policy.timeoutMs, headers)),
		);
		const first = complaints.find((complaint) => complaint !== undefined);
		if (first !== undefined) return first;
	}
	return undefined;
}

/** Why visitors do not see the maintenance page; undefined when they do. */
export function maintenanceIsShown(
	{ colorHeader: _, ...proxy }: Proxy,
	timeoutMs: number,
): Promise<Complaint> {
	return ask(proxy, "", { service: "maintenance page", path: "/", expect: 503 }, timeoutMs, {});
}

/** One request through the published port, to the host that is served. @throws Error where there is no answer. */
export function askProxy(
	{ url, host }: Proxy,
	{ headers = {}, ...request }: Omit<HttpRequest, "host" | "port" | "agent">,
): Promise<HttpResponse> {
	const { hostname, port } = new URL(url);
	return http({
		...request,
		host: hostname.replace(/^\[|\]$/g, ""),
		port: Number(port || 80),
		headers: { ...(host !== undefined && { Host: host }), ...headers },
	});
}

async function ask(
	proxy: Proxy,
	color: string,
	check: PublicCheck,
	timeoutMs: number,
	headers: Readonly<Record<string, string>>,
): Promise<Complaint> {
	const what = `GET ${proxy.url}${check.path} (${check.service})`;
	const deadline = performance.now() + timeoutMs;
	for (;;) {
		try {
			const response = await askProxy(proxy, { path: check.path, headers, timeoutMs });
			const by = proxy.colorHeader === undefined ? color : response.headers[proxy.colorHeader.toLowerCase()];
			if (by !== color)
				return `${what} was answered by ${by ?? "no color"} instead of ${color} (${response.status})`;
			if (!asExpected(check.expect, response.status))
				return `${what} answered ${response.status} (wanted ${check.expect}): ${excerpt(response.body, 400)}`;
			if (check.version === undefined) return undefined;
			const { state, seen } = readVersion(check.version, response);
			return state === "right" ? undefined : `${what} ${seen}`;
		} catch (error) {
			// Right after a first load the listener may not be there yet.
			if (performance.now() > deadline) return `${what}: ${messageOf(error)}`;
			await sleep(100);
		}
	}
}

function asExpected(expect: PublicCheck["expect"], status: number): boolean {
	if (expect === "2xx") return status >= 200 && status < 300;
	return expect === "below-500" ? status < 500 : status === expect;
}
