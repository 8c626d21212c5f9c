import type { CaddyAdmin } from "./caddy/admin";
import type { Engine } from "./docker/engine";
import { addressIn } from "./http";
import { publicConnection } from "./public-connection";
import { durationText, indented, messageOf, type Reporter, StepError, sleep } from "./report";
import { lookAtCertificate, type SeenCertificate, type ServerTrust } from "./server-trust";
import type { CutoverInputs } from "./steps";

type Proxy = CutoverInputs["proxy"];

/** Longest wait for the first certificates: an authority looks at the challenge when it likes. */
const DEADLINE_MS = { internal: 10_000, acme: 120_000, files: 10_000 } as const;
const AGAIN_MS = 250;
const ONE_LOOK_MS = 5_000;
/** For the error, of what Caddy said last. */
const LOG_LINES = 200;
const SHOWN_LINES = 4;
/** Renewals are due long before; then something is wrong with them. */
const SOON_OVER_MS = 7 * 86_400_000;

/** What a connection to the proxy's public side is to trust. */
export interface PublicTrust {
	/** Root of the proxy's own authority, as PEM; unset: it has none. */
	readonly root?: string;
	/** Where no host is asked for; unset: any name will do. */
	readonly name?: string;
}

/**
 * Waits until the proxy shows a certificate that will do for each of its names: before any traffic is moved, for a visitor
 * who cannot connect is lost, whatever color there is behind it. Where all is well, that is one handshake for each name.
 *
 * @returns what further connections are to trust; undefined without TLS.
 * @throws StepError with what is wrong, and what Caddy said of it; nothing was moved.
 */
export async function awaitCertificates(
	engine: Engine,
	admin: Pick<CaddyAdmin, "rootCertificate">,
	proxy: Proxy,
	whoServes: string,
	report: Reporter,
	deadlineMs?: number,
): Promise<PublicTrust | undefined> {
	const { tls } = proxy;
	if (tls === undefined) return undefined;
	const root = tls.mode === "internal" ? await admin.rootCertificate() : undefined;
	const waitMs = deadlineMs ?? DEADLINE_MS[tls.mode];
	const trustFor = (name: string | undefined): PublicTrust => ({
		...(name !== undefined && { name }),
		...(root !== undefined && { root }),
	});
	for (const name of tls.names.length > 0 ? tls.names : [undefined]) {
		const seen = await look(engine, proxy, tls, trustFor(name), waitMs, whoServes, report);
		warn(seen, name ?? proxy.url, tls.mode, report);
	}
	return trustFor(tls.names[0]);
}

async function look(
	engine: Engine,
	proxy: Proxy,
	tls: NonNullable<Proxy["tls"]>,
	trust: ServerTrust,
	waitMs: number,
	whoServes: string,
	report: Reporter,
): Promise<SeenCertificate> {
	const { host, port } = addressIn(proxy.url);
	const start = performance.now();
	let told = false;
	for (;;) {
		try {
			const connection = await publicConnection(engine, proxy);
			return await lookAtCertificate(host, port, trust, Math.min(waitMs, ONE_LOOK_MS), connection);
		} catch (error) {
			const waitedMs = performance.now() - start;
			if (waitedMs > waitMs) {
				const what = `There is no certificate for ${trust.name ?? proxy.url} (${tls.from}) after ${durationText(waitedMs)}: ${messageOf(error)}`;
				throw new StepError(
					[what, ...(await lastComplaints(engine, proxy.container)), whoServes, next(tls)].join("\n"),
				);
			}
			if (!told && tls.mode === "acme")
				report.info(
					`waiting for the certificate of ${trust.name} from ${tls.from}, at most ${durationText(waitMs)}`,
				);
			told = true;
			await sleep(AGAIN_MS);
		}
	}
}

function warn(seen: SeenCertificate, name: string, mode: string, report: Reporter): void {
	if (mode === "internal") return;
	if (seen.untrusted !== undefined)
		report.warn(
			`this machine does not trust the certificate of ${name} (${seen.untrusted}); visitors may not, either`,
		);
	if (seen.validTo.getTime() - Date.now() < SOON_OVER_MS)
		report.warn(
			`the certificate of ${name} is valid until ${seen.validTo.toISOString()} only: was it not renewed?`,
		);
}

/** What Caddy complained of last; empty where it did not, or cannot be asked. */
async function lastComplaints(engine: Engine, container: string): Promise<string[]> {
	const lines = await engine.lastLogLines(container, LOG_LINES);
	const complaints = lines.filter(
		(line) => /"level":"(error|warn)"/.test(line) && /tls|acme|certificate/i.test(line),
	);
	if (complaints.length === 0) return [];
	return [`  ${container} said of it:`, indented(complaints.slice(-SHOWN_LINES))];
}

function next({ mode }: NonNullable<Proxy["tls"]>): string {
	if (mode === "files") return "Next: mend the files, then: pulumi up";
	if (mode === "internal") return "Next: pulumi up";
	return "Next: see that the authority reaches proxy.httpPort as port 80, or proxy.httpsPort as port 443, under this name, then: pulumi up";
}
