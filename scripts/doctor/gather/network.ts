import { Resolver } from "node:dns/promises";
import type { Fact } from "../../../components/doctor/finding";
import { factOf } from "../../../components/runtime/host-facts";
import type { ProxySettings, TlsSettings } from "../../../components/settings/schema";
import type { SeenClocks } from "../judge/clock";
import type { SeenName } from "../judge/names";

/** Longest time for all answers of the DNS about one name, and for one of an ACME authority. */
const NETWORK_MS = 4_000;

/** The host names that are to have a certificate of an ACME authority. */
export function namesFor({
	tls,
	hosts,
	preview,
}: Pick<ProxySettings, "tls" | "hosts" | "preview">): string[] {
	if (tls.mode !== "acme") return [];
	return preview.enabled && preview.host !== undefined ? [...hosts, preview.host] : hosts;
}

/**
 * The addresses of a name by the DNS alone, as the authority sees it: what stands in this machine's hosts file is of no help.
 *
 * @param resolver For tests. It has to give up by itself.
 */
export async function lookUp(
	host: string,
	resolver: Resolver = new Resolver({ timeout: NETWORK_MS / 2, tries: 1 }),
): Promise<SeenName> {
	const deadline = setTimeout(() => resolver.cancel(), NETWORK_MS);
	const [four, six] = await Promise.all([
		addresses(resolver.resolve4(host)),
		addresses(resolver.resolve6(host)),
	]);
	clearTimeout(deadline);
	if ("known" in four && "known" in six) return { host, addresses: { known: [...four.known, ...six.known] } };
	// One kind of address is enough to be found by.
	const found = [four, six].find((fact) => "known" in fact && fact.known.length > 0);
	return { host, addresses: found ?? ("why" in four ? four : six) };
}

/** That there is none is an answer. */
async function addresses(asked: Promise<string[]>): Promise<Fact<string[]>> {
	return factOf(
		asked.catch((error: NodeJS.ErrnoException) => {
			if (error.code === "ENOTFOUND" || error.code === "ENODATA") return [];
			throw new Error(WORDS[error.code ?? ""] ?? error.message);
		}),
	);
}

const WORDS: Readonly<Record<string, string>> = {
	ETIMEOUT: "the DNS server does not answer",
	ECANCELLED: "the DNS server does not answer",
	ECONNREFUSED: "no DNS server answers",
	ESERVFAIL: "the DNS server says that it failed",
};

/** The address where an ACME authority begins; undefined: there is no ACME. */
export function directoryOf(tls: TlsSettings): string | undefined {
	if (tls.mode !== "acme") return undefined;
	const staging = tls.staging === true ? "-staging" : "";
	return tls.directory ?? `https://acme${staging}-v02.api.letsencrypt.org/directory`;
}

/** How far the clock of a server is ahead of this machine's, by the Date of its answer, ±1 s. */
export async function serverClock(url: string): Promise<NonNullable<SeenClocks["authority"]>> {
	const asked = async () => {
		const response = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(NETWORK_MS) });
		const date = Date.parse(response.headers.get("date") ?? "");
		if (Number.isNaN(date)) throw new Error("its answer has no Date");
		return date - Date.now();
	};
	return { name: new URL(url).host, aheadMs: await factOf(asked().catch(plainly)) };
}

/** `fetch` says "fetch failed", and why in the cause. */
function plainly(error: Error): never {
	const { cause } = error;
	throw cause instanceof Error && cause.message !== "" ? cause : error;
}
