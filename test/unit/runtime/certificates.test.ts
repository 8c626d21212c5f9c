import { once } from "node:events";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createSecureContext, createServer, type Server } from "node:tls";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { awaitCertificates } from "../../../components/runtime/certificates";
import type { Engine } from "../../../components/runtime/docker/engine";
import { http } from "../../../components/runtime/http";
import { StepError } from "../../../components/runtime/report";
import { lookAtCertificate } from "../../../components/runtime/server-trust";
import type { PublicTls } from "../../../components/runtime/steps";
import { authority, type Certificate, serverCertificate } from "../../support/certificates";

let ca: Certificate;
let shop: Certificate;
let over: Certificate;
let server: Server | HttpsServer;

beforeAll(async () => {
	ca = await authority();
	shop = await serverCertificate(ca, ["shop.example.com"]);
	over = await serverCertificate(ca, ["shop.example.com"], -2);
});
beforeEach(() => serve(shop));
afterEach(() => void server.close());

async function serve({ certificate: cert, key }: Certificate): Promise<void> {
	server?.close();
	server = createHttpsServer({ cert, key }, (_request, response) => response.end("ok")).listen(
		0,
		"127.0.0.1",
	);
	await once(server, "listening");
}

const port = () => (server.address() as AddressInfo).port;
const look = (trust: { name?: string; root?: string }) =>
	lookAtCertificate("127.0.0.1", port(), trust, 2_000);

describe("a look at a certificate", () => {
	test("of this name, and of the authority whose root is known", async () => {
		const seen = await look({ name: "shop.example.com", root: ca.certificate });
		expect(seen.untrusted).toBeUndefined();
		expect(seen.validTo.getTime()).toBeGreaterThan(Date.now());
	});

	test("of another authority fails where one is known, and is told of where none is", async () => {
		const stranger = await authority("Somebody else");
		await expect(look({ name: "shop.example.com", root: stranger.certificate })).rejects.toThrow(
			/unable to verify|issuer/,
		);
		expect((await look({ name: "shop.example.com" })).untrusted).toMatch(/UNABLE_TO|unable to/i);
	});

	test("of another name fails, whatever is known; without a name any will do", async () => {
		await expect(look({ name: "www.example.org", root: ca.certificate })).rejects.toThrow("www.example.org");
		await expect(look({ name: "www.example.org" })).rejects.toThrow("www.example.org");
		await expect(look({})).resolves.toBeDefined();
	});

	test("that is over fails", async () => {
		await serve(over);
		await expect(look({ name: "shop.example.com" })).rejects.toThrow("its certificate was valid until");
		await expect(look({ name: "shop.example.com", root: ca.certificate })).rejects.toThrow("expired");
	});
});

describe("a request over HTTPS", () => {
	const get = (tls: { name?: string; root?: string }) =>
		http({ host: "127.0.0.1", port: port(), path: "/", timeoutMs: 2_000, tls });

	test("is answered", async () => {
		expect(await get({ name: "shop.example.com", root: ca.certificate })).toMatchObject({
			status: 200,
			body: "ok",
		});
		expect(await get({ name: "shop.example.com" })).toMatchObject({ status: 200, body: "ok" });
	});

	test("is not, where the certificate will not do", async () => {
		await expect(get({ name: "www.example.org" })).rejects.toThrow("www.example.org");
		await serve(over);
		await expect(get({ name: "shop.example.com" })).rejects.toThrow("valid until");
	});
});

describe("waiting for certificates", () => {
	const said: string[] = [];
	const report = {
		info: (text: string) => said.push(text),
		warn: (text: string) => said.push(`warning: ${text}`),
	};
	const logs = [
		'{"level":"info","msg":"nothing"}',
		'{"level":"error","logger":"tls.obtain","msg":"will retry","error":"connection refused"}',
	];
	const engine = { lastLogLines: async () => logs } as unknown as Engine;
	const admin = { rootCertificate: async () => ca.certificate };
	const wait = (tls: PublicTls, deadlineMs?: number) =>
		awaitCertificates(
			engine,
			admin,
			{ container: "shop-prod-proxy", id: "1", url: `https://127.0.0.1:${port()}`, tls },
			"blue serves.",
			report,
			deadlineMs,
		);
	beforeEach(() => void said.splice(0));

	test("is over at once where they are there", async () => {
		const names = ["shop.example.com"];
		expect(await wait({ mode: "internal", names, from: "the proxy's own authority" })).toEqual({
			name: "shop.example.com",
			root: ca.certificate,
		});
		expect(said).toEqual([]);
	});

	test("does not insist on a trust that only visitors can have, but tells of it", async () => {
		expect(await wait({ mode: "files", names: ["shop.example.com"], from: "/certs/c.pem" })).toEqual({
			name: "shop.example.com",
		});
		expect(said).toEqual([
			expect.stringMatching(/^warning: this machine does not trust the certificate of shop\.example\.com \(/),
		]);
	});

	test("goes on until the authority has given one", async () => {
		const contexts: Certificate[] = [];
		server.close();
		server = createServer({
			SNICallback: (_name, done) => {
				const [first] = contexts;
				if (first === undefined) done(new Error("no certificate yet"));
				else done(null, createSecureContext({ cert: first.certificate, key: first.key }));
			},
		}).listen(0, "127.0.0.1");
		server.on("tlsClientError", () => undefined);
		await once(server, "listening");
		setTimeout(() => contexts.push(shop), 600);
		await wait({ mode: "acme", names: ["shop.example.com"], from: "https://ca.example.com/dir" });
		expect(said[0]).toBe(
			"waiting for the certificate of shop.example.com from https://ca.example.com/dir, at most 120.0 s",
		);
	});

	test("ends with what Caddy said of it, who serves, and what comes next", async () => {
		const failure = await wait(
			{ mode: "acme", names: ["www.example.org"], from: "https://ca.example.com/dir" },
			300,
		).catch((error: unknown) => error);
		expect(failure).toBeInstanceOf(StepError);
		expect((failure as Error).message.replace(/after \S+ m?s/, "after 1 s")).toMatchInlineSnapshot(`
			"There is no certificate for www.example.org (https://ca.example.com/dir) after 1 s: Hostname/IP does not match certificate's altnames: Host: www.example.org. is not in the cert's altnames: DNS:shop.example.com
			  shop-prod-proxy said of it:
			    {"level":"error","logger":"tls.obtain","msg":"will retry","error":"connection refused"}
			blue serves.
			Next: see that the authority reaches proxy.httpPort as port 80, or proxy.httpsPort as port 443, under this name, then: pulumi up"
		`);
	});
});
