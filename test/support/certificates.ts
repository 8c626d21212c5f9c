import { isIP } from "node:net";
import { generate } from "selfsigned";

export interface Certificate {
	/** PEM, as both are. */
	readonly certificate: string;
	readonly key: string;
}

const EC = { keyType: "ec", algorithm: "sha256" } as const;
const DAY_MS = 86_400_000;

/** An authority of the test's own. */
export async function authority(name = "An authority for tests"): Promise<Certificate> {
	const made = await generate([{ name: "commonName", value: name }], {
		...EC,
		extensions: [
			{ name: "basicConstraints", cA: true, critical: true },
			{ name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
		],
	});
	return { certificate: made.cert, key: made.private };
}

/**
 * A server's certificate for these names and addresses.
 * @param validDays Until so many days from now; negative: it is over.
 */
export async function serverCertificate(
	{ certificate: cert, key }: Certificate,
	names: readonly string[],
	validDays = 30,
): Promise<Certificate> {
	const made = await generate([{ name: "commonName", value: names[0] ?? "" }], {
		...EC,
		notBeforeDate: new Date(Date.now() - 90 * DAY_MS),
		notAfterDate: new Date(Date.now() + validDays * DAY_MS),
		ca: { cert, key },
		extensions: [
			{ name: "basicConstraints", cA: false },
			{ name: "keyUsage", digitalSignature: true, critical: true },
			{ name: "extKeyUsage", serverAuth: true },
			{
				name: "subjectAltName",
				altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })),
			},
		],
	});
	return { certificate: made.cert, key: made.private };
}
