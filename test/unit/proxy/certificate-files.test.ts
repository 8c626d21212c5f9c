import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certificateProblems } from "../../../components/proxy/certificate-files";
import { pathText } from "../../../components/settings/problems";
import { proxy as schema } from "../../../components/settings/schema";
import { authority, type Certificate, serverCertificate } from "../../support/certificates";

const folder = mkdtempSync(path.join(tmpdir(), "certificates-"));
let own: Certificate;
let other: Certificate;

beforeAll(async () => {
	const ca = await authority();
	own = await serverCertificate(ca, ["shop.example.com", "*.shop.example.com"]);
	other = await serverCertificate(ca, ["shop.example.com"], -1);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function problems(
	certificate: string | undefined,
	key: string | undefined,
	hosts = ["shop.example.com"],
	host?: string,
) {
	for (const [name, text] of Object.entries({ "c.pem": certificate, "k.pem": key })) {
		if (text === undefined) rmSync(path.join(folder, name), { force: true });
		else writeFileSync(path.join(folder, name), text);
	}
	const tls = { mode: "files", folder, certificate: "c.pem", key: "k.pem" } as const;
	const found = await certificateProblems({ proxy: schema.parse({ hosts, tls }) }, host);
	return found.map(({ path, reason }) => `${pathText(path)}: ${reason.replaceAll(folder, "/certs")}`);
}

describe("certificate files", () => {
	test("that are a pair for all hosts", async () => {
		expect(await problems(own.certificate, own.key, ["shop.example.com", "*.shop.example.com"])).toEqual([]);
		expect(await problems(own.certificate, own.key, [])).toEqual([]);
	});

	test("that are missing", async () => {
		expect(await problems(undefined, undefined)).toEqual([
			"proxy.tls.certificate: there is no file /certs/c.pem. Allowed: a file below proxy.tls.folder.",
			"proxy.tls.key: there is no file /certs/k.pem. Allowed: a file below proxy.tls.folder.",
		]);
	});

	test("that are not a pair", async () => {
		expect(await problems(own.certificate, other.key)).toEqual([
			"proxy.tls.key: /certs/k.pem is not the key of /certs/c.pem. Allowed: its private key as PEM, not encrypted.",
		]);
	});

	test("that are no certificate", async () => {
		expect(await problems("nothing", own.key)).toEqual([
			"proxy.tls.certificate: /certs/c.pem holds no certificate. Allowed: PEM, the server's certificate first.",
		]);
	});

	test("that are over, and for another host", async () => {
		const [over, elsewhere, ...rest] = await problems(other.certificate, other.key, ["www.example.org"]);
		expect(over).toMatch(
			/^proxy\.tls\.certificate: \/certs\/c\.pem was valid until .+ Allowed: a certificate that is valid\.$/,
		);
		expect(elsewhere).toBe(
			"proxy.tls.certificate: /certs/c.pem is not for www.example.org but for DNS:shop.example.com. Allowed: one for all of proxy.hosts.",
		);
		expect(rest).toEqual([]);
	});

	test("are not looked for here where the Engine is elsewhere", async () => {
		expect(await problems(undefined, undefined, [], "ssh://deploy@shop.example.com")).toEqual([]);
	});
});
