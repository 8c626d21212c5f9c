import type { PublicTrust } from "./certificates";
import type { Way } from "./checks/types";
import { addressIn, type HttpRequest, type HttpResponse, http, isSuccess } from "./http";
import { publicConnection } from "./public-connection";
import { excerpt, messageOf, sleep } from "./report";
import type { CutoverInputs, GatePolicy, PublicCheck } from "./steps";
import { readVersion } from "./version";

/** How the public side is asked. */
export type PublicProxy = CutoverInputs["proxy"] & {
	/** What its certificates have to show; unset: plain HTTP. */
	trust?: PublicTrust;
};

/** Why the public side does not show what it should; undefined when it does. */
export type Complaint = string | undefined;

/** As everybody's requests go. */
const PLAINLY: Pick<Way, "name" | "headers"> = { name: "", headers: {} };

/**
 * Asks through the published port, as a client would, until every check has passed `passes` times in a row.
 * One wrong answer from the new color is a complaint at once: after the switch there is nothing to wait for,
 * and every further request may be a user's. A connection that fails is asked again until `timeoutMs`.
 *
 * @param way Where to, if not where everybody's requests go: what it is called, and the headers that lead there.
 */
export async function verifyPublicSide(
	proxy: PublicProxy,
	color: string,
	checks: readonly PublicCheck[],
	policy: Pick<GatePolicy, "passes" | "timeoutMs">,
	way: Pick<Way, "name" | "headers"> = PLAINLY,
): Promise<Complaint> {
	for (let pass = 0; pass < policy.passes; pass++) {
		const complaints = await Promise.all(
			checks.map((check) => ask(proxy, color, check, policy.timeoutMs, way)),
		);
		const first = complaints.find((complaint) => complaint !== undefined);
		if (first !== undefined) return first;
	}
	return undefined;
}

/** Why visitors do not see the maintenance page; undefined when they do. */
export function maintenanceIsShown(
	{ colorHeader: _, ...proxy }: PublicProxy,
	timeoutMs: number,
): Promise<Complaint> {
	return ask(proxy, "", { service: "maintenance page", path: "/", expect: 503 }, timeoutMs, PLAINLY);
}

/**
 * One request through the published port. @throws Error where there is no answer, or a certificate that will not do.
 * @param asked Host name; unset: one that is served.
 */
export async function askProxy(
	{ url, host: served, trust, container }: PublicProxy,
	{ headers = {}, ...request }: Omit<HttpRequest, "host" | "port" | "agent" | "tls">,
	asked?: string,
): Promise<HttpResponse> {
	const host = asked ?? served;
	const connection = await publicConnection(undefined, { container, url });
	return http({
		...request,
		...addressIn(url),
		...(connection && { connection }),
		headers: { ...(host !== undefined && { Host: host }), ...headers },
		...(trust && { tls: { ...trust, ...(host !== undefined && { name: host }) } }),
	});
}

async function ask(
	proxy: PublicProxy,
	color: string,
	check: PublicCheck,
	timeoutMs: number,
	{ name, headers }: Pick<Way, "name" | "headers">,
): Promise<Complaint> {
	const where = check.host === undefined ? "" : ` for ${check.host}`;
	const what = `GET ${proxy.url}${check.path}${where} (${check.service})${name === "" ? "" : ` ${name}`}`;
	const deadline = performance.now() + timeoutMs;
	for (;;) {
		try {
			const response = await askProxy(proxy, { path: check.path, headers, timeoutMs }, check.host);
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
	if (expect === "2xx") return isSuccess(status);
	return expect === "below-500" ? status < 500 : status === expect;
}
