import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, checkServerIdentity, connect, type PeerCertificate } from "node:tls";
import { messageOf } from "./report";

/** What the certificate of a server has to show. */
export interface ServerTrust {
	/** The host that is asked for, or an address; unset: any name will do. */
	readonly name?: string;
	/**
	 * Its authority's root, as PEM: the chain has to lead there. Unset: whose word counts is the visitors' to decide (a
	 * company's own authority, a staging one, one between a content network and its origin), so only that the certificate
	 * is for this name, and valid today, has to hold; `unfit` says whether it does.
	 */
	readonly root?: string;
}

/** Options of a TLS connection. Only ever used for the proxy's own published port. */
export function verifyAs({ name, root }: ServerTrust): ConnectionOptions {
	return {
		// A name that is an address is not sent; a server then shows what it has for those who name none.
		...(name !== undefined && isIP(name) === 0 && { servername: name }),
		...(root === undefined ? { rejectUnauthorized: false } : { ca: [root] }),
		checkServerIdentity: (_host, certificate) => otherName(certificate, name),
	};
}

function otherName(certificate: PeerCertificate, name: string | undefined): Error | undefined {
	return name === undefined ? undefined : checkServerIdentity(name, certificate);
}

/** What is seen of a certificate without a request. */
export interface SeenCertificate {
	readonly validTo: Date;
	/** Why this machine would not trust it, in Node's words; unset: it does. */
	readonly untrusted?: string;
}

/**
 * Opens a connection and looks at the certificate.
 *
 * @param connection One that stands already; unset: to `address` and `port`.
 * @throws Error that says why it will not do: another name, another time, another authority, no certificate at all.
 */
export function lookAtCertificate(
	address: string,
	port: number,
	trust: ServerTrust,
	timeoutMs: number,
	connection?: Duplex,
): Promise<SeenCertificate> {
	return new Promise((resolve, reject) => {
		const over = connection === undefined ? { host: address, port } : { socket: connection };
		const socket = connect({ ...over, ...verifyAs(trust) });
		const timer = setTimeout(() => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
		socket.on("error", reject);
		socket.on("close", () => {
			clearTimeout(timer);
			reject(new Error("the connection was closed before there was a certificate"));
		});
		socket.on("secureConnect", () => {
			const certificate = socket.getPeerCertificate();
			const reason = unfit(certificate, trust.name);
			if (reason !== undefined) {
				socket.destroy(new Error(reason));
				return;
			}
			// Typed as an Error, and a word such as "UNABLE_TO_VERIFY_LEAF_SIGNATURE" where nothing rejects it.
			const untrusted = socket.authorizationError as Error | string | null;
			const validTo = new Date(certificate.valid_to);
			resolve(untrusted ? { validTo, untrusted: messageOf(untrusted) } : { validTo });
			socket.destroy();
		});
	});
}

/** What has to hold of every certificate, whoever made it; undefined where it does. */
export function unfit(certificate: PeerCertificate, name?: string, now = new Date()): string | undefined {
	const other = otherName(certificate, name);
	if (other !== undefined) return other.message;
	if (now > new Date(certificate.valid_to)) return `its certificate was valid until ${certificate.valid_to}`;
	if (now < new Date(certificate.valid_from))
		return `its certificate is valid from ${certificate.valid_from} on`;
	return undefined;
}
