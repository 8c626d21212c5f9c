import type { PublicTrust } from "./certificates";
import { http } from "./http";
import { excerpt, messageOf, sleep } from "./report";
import type { CutoverInputs, GatePolicy, PublicCheck } from "./steps";
import { readVersion } from "./version";

/** `trust`: what its certificates have to show; unset: plain HTTP. */
type Proxy = CutoverInputs["proxy"] & { readonly trust?: PublicTrust };

/** Why the public side does not show what it should; undefined when it does. */
export type Complaint = string | undefined;

/**
 * Asks through the published port, as a client would, until every check has passed `passes` times in a row.
 * One wrong answer from the new color is a complaint at once: after the switch there is nothing to wait for,
 * and every further request may be a user's. A connection that fails is asked again until `timeoutMs`.
 *
 * @param cookie Makes the request one of a visitor who belongs to the color; unset: any visitor.
 */
export async function verifyPublicSide(
	proxy: Proxy,
	color: string,
	checks: readonly PublicCheck[],
	policy: Pick<GatePolicy, "passes" | "timeoutMs">,
	cookie?: string,
): Promise<Complaint> {
	for (let pass = 0; pass < policy.passes; pass++) {
		const complaints = await Promise.all(
			checks.map((check) => ask(proxy, color, check, policy.timeoutMs, cookie)),
		);
		const first = complaints.find((complaint) => complaint !== undefined);
		if (first !== undefined) return first;
	}
	return undefined;
}

async function ask(
	proxy: Proxy,
	color: string,
	check: PublicCheck,
	timeoutMs: number,
	cookie: string | undefined,
): Promise<Complaint> {
	const { hostname, port, protocol } = new URL(proxy.url);
	const host = check.host ?? proxy.host;
	const where = check.host === undefined ? "" : ` for ${check.host}`;
	const what = `GET ${proxy.url}${check.path}${where} (${check.service})`;
	const deadline = performance.now() + timeoutMs;
	for (;;) {
		try {
			const response = await http({
				host: hostname.replace(/^\[|\]$/g, ""),
				port: Number(port || (protocol === "https:" ? 443 : 80)),
				path: check.path,
				headers: { ...(host !== undefined && { Host: host }), ...(cookie && { Cookie: cookie }) },
				timeoutMs,
				...(proxy.trust && { tls: { ...proxy.trust, ...(host !== undefined && { name: host }) } }),
			});
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
