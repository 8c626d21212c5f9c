import type { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inContainer } from "./support/docker";
import { ask } from "./support/front-proxy";
import { hasGo } from "./support/go-tools";
import { CONNECTIONS, underLoad } from "./support/load";
import { Pebble } from "./support/pebble";
import { assertSucceeded, freePort, TestStack, type UpOutcome } from "./support/stack";

const NAME = "front-acme";

/** Pebble is built from its Go module, and has no other source: without Go these are left out. */
describe.skipIf(!hasGo)("a stack with certificates of an ACME authority", () => {
	let shop: TestStack;
	let pebble: Pebble;
	let httpsPort: number;
	let host: string;
	let first: UpOutcome;

	beforeAll(async () => {
		pebble = await Pebble.prepare(`${NAME}-pebble`);
		shop = await TestStack.create(NAME);
		httpsPort = await freePort();
		// As Docker's name server knows the proxy, and so the authority.
		const network = `${shop.prefix}-app`;
		host = `${shop.container("proxy")}.${network}`;
		const { directory, directoryRoot } = pebble;
		shop.configure("proxy", {
			...shop.read("proxy"),
			httpsPort,
			hosts: [host],
			tls: { mode: "acme", email: "admin@example.com", directory, directoryRoot },
		});
		[first] = await Promise.all([shop.up(), pebble.start(network, { http: shop.port, https: httpsPort })]);
	});
	afterAll(async () => {
		await pebble?.remove();
		await shop?.dispose();
	});

	it("gets its first certificate within the first up, which says what it waits for", async () => {
		assertSucceeded(first);
		expect(first.text).toContain(`this machine does not trust the certificate of ${host}`);
		expect((await shop.outputs()).url).toBe(`https://${host}:${httpsPort}`);
		const log = await pebble.log();
		console.log(`challenges: ${[...new Set(log.match(/(HTTP|TLS-ALPN)-01/gi))].join(", ")}`);
		expect(log).toMatch(/Issued certificate/i);
	});

	it("shows a certificate that leads to the authority's root", async () => {
		const certificate = await shown(httpsPort, host, await pebble.root());
		expect(certificate.checkHost(host)).toBe(host);
		expect(certificate.issuer).toContain("Pebble");
	});

	it("answers over it, and sends HTTP there", async () => {
		const ca = await pebble.root();
		const secure = await ask(httpsPort, { path: "/version", host, tls: { ca } });
		expect(JSON.parse(secure.body.toString("utf8"))).toMatchObject({ color: "blue" });
		const { status, headers } = await ask(shop.port, { path: "/", host });
		expect([status, headers.location]).toEqual([308, `https://${host}:${httpsPort}/`]);
	});

	it("releases under load: nothing fails, and no certificate is asked for", async () => {
		const orders = async () => (await pebble.log()).match(/Issued certificate/gi)?.length;
		const before = await orders();
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
		const load = { ca: await pebble.root(), host };
		const { value: up, report } = await underLoad(`https://127.0.0.1:${httpsPort}`, () => shop.up(), load);
		assertSucceeded(up);
		expect(report.failures).toEqual({});
		expect(report.connectionsOpened).toBe(CONNECTIONS);
		expect(Object.keys(report.byColor).sort()).toEqual(["blue", "green"]);
		expect(await orders()).toBe(before);
	});

	it("keeps its account and its keys in the proxy's volume", async () => {
		const files = await inContainer(shop.container("proxy"), "find", "/data/caddy", "-name", "*.key");
		expect(files).toContain(host);
		const state = JSON.stringify(await shop.stateFiles());
		expect(state).not.toContain("PRIVATE KEY");
	});
});

function shown(port: number, servername: string, ca: string): Promise<X509Certificate> {
	return new Promise((resolve, reject) => {
		const socket = connect({ host: "127.0.0.1", port, servername, ca }, () => {
			const certificate = socket.getPeerX509Certificate();
			socket.destroy();
			if (certificate) resolve(certificate);
			else reject(new Error("no certificate"));
		});
		socket.on("error", reject);
	});
}
