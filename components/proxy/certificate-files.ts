import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { concreteHost } from "../plan/routes";
import { type Problem, setCommand } from "../settings/problems";
import type { ProxySettings } from "../settings/schema";

/**
 * What is wrong with the certificate files, before anything is touched: missing, not a pair, over, or for another host.
 * Asked of this machine only, so nothing is said where the Docker Engine is on another.
 */
export async function certificateProblems(
	{ proxy }: { readonly proxy: Pick<ProxySettings, "tls" | "hosts"> },
	dockerHost: string | undefined,
	now = new Date(),
): Promise<Problem[]> {
	const { tls, hosts } = proxy;
	if (tls.mode !== "files" || (dockerHost !== undefined && !dockerHost.startsWith("unix://"))) return [];
	const problem = (setting: "certificate" | "key", reason: string, allowed: string): Problem[] => {
		const at = ["proxy", "tls", setting];
		const example = setting === "certificate" ? "fullchain.pem" : "privkey.pem";
		return [{ path: at, reason: `${reason}. Allowed: ${allowed}.`, fix: [setCommand(at, example)] }];
	};
	const file = (name: string) => path.join(tls.folder, name);

	const [certificateText, keyText] = await Promise.all([look(file(tls.certificate)), look(file(tls.key))]);
	const missing = [
		...(certificateText === undefined
			? problem("certificate", `there is no file ${file(tls.certificate)}`, "a file below proxy.tls.folder")
			: []),
		...(keyText === undefined
			? problem("key", `there is no file ${file(tls.key)}`, "a file below proxy.tls.folder")
			: []),
	];
	// What may not be read here is read by Caddy, as root.
	if (missing.length > 0 || certificateText === undefined || certificateText === "unreadable") return missing;

	const certificate = certificateIn(certificateText);
	if (certificate === undefined)
		return problem(
			"certificate",
			`${file(tls.certificate)} holds no certificate`,
			"PEM, the server's certificate first",
		);
	const other = hosts.filter((host) => certificate.checkHost(concreteHost(host)) === undefined);
	const names = certificate.subjectAltName ?? certificate.subject;
	return [
		...(new Date(certificate.validTo) < now
			? problem(
					"certificate",
					`${file(tls.certificate)} was valid until ${certificate.validTo}`,
					"a certificate that is valid",
				)
			: []),
		...other.flatMap((host) =>
			problem(
				"certificate",
				`${file(tls.certificate)} is not for ${host} but for ${names}`,
				"one for all of proxy.hosts",
			),
		),
		...(keyText === undefined || keyText === "unreadable" || isPair(certificate, keyText)
			? []
			: problem(
					"key",
					`${file(tls.key)} is not the key of ${file(tls.certificate)}`,
					"its private key as PEM, not encrypted",
				)),
	];
}

/** The text; undefined where there is no such file. */
async function look(file: string): Promise<string | "unreadable" | undefined> {
	try {
		return await readFile(file, "utf8");
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === "ENOENT" ? undefined : "unreadable";
	}
}

function certificateIn(pem: string): X509Certificate | undefined {
	try {
		return new X509Certificate(pem);
	} catch {
		return undefined;
	}
}

function isPair(certificate: X509Certificate, pem: string): boolean {
	try {
		return certificate.checkPrivateKey(createPrivateKey(pem));
	} catch {
		return false;
	}
}
