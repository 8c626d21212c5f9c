import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectH2 } from "node:http2";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect } from "node:tls";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authority, type Certificate, serverCertificate } from "../support/certificates";
import { inContainer } from "./support/docker";
import { ask, FrontProxy } from "./support/front-proxy";
import { goTool, hasGo } from "./support/go-tools";
import { underH2Load } from "./support/h2-load";
import { leaks } from "./support/leaks";
import { CONNECTIONS, pause, underLoad } from "./support/load";
import { assertSucceeded, freePort, TestStack } from "./support/stack";

const HOST = "shop.example.com";
const ADMIN = "admin.example.com";

describe("a stack with certificates of Caddy's own authority", () => {
	let shop: TestStack;
	let httpsPort: number;
	let ca: string;
	const rootFile = path.join(mkdtempSync(path.join(tmpdir(), "front-tls-")), "root.pem");
	const secure = (options: Parameters<typeof ask>[1]) =>
		ask(httpsPort, { host: "localhost", tls: { ca }, ...options });

	beforeAll(async () => {
		shop = await TestStack.create("front-tls");
		httpsPort = await freePort();
		shop.configure("proxy", {
			...shop.read("proxy"),
			httpsPort,
			hosts: ["localhost", HOST, ADMIN],
			tls: { mode: "internal", hsts: { seconds: 60 } },
		});
		shop.configure("drain", { timeout: "2s" });
		const services = shop.read("services");
		const { route: _, ...web } = services.web as { route: string };
		const routes = [{ path: "/" }, { host: ADMIN, path: "/office", stripPrefix: true }];
		shop.configure("services", { ...services, web: { ...web, routes } });
		assertSucceeded(await shop.up());
		ca = (await shop.outputs()).rootCertificate as string;
		writeFileSync(rootFile, ca);
	});
	afterAll(async () => {
		rmSync(path.dirname(rootFile), { recursive: true, force: true });
		await shop?.dispose();
	});

	it("exports the address and the root certificate, by which any client can trust it", async () => {
		const { url } = await shop.outputs();
		expect(url).toBe(`https://localhost:${httpsPort}`);
		expect(new X509Certificate(ca)).toMatchObject({ ca: true });
		const code = `fetch(${JSON.stringify(`${url}/version`)}).then((answer) => answer.text()).then(console.log)`;
		const { stdout } = await execa("node", ["-e", code], { env: { NODE_EXTRA_CA_CERTS: rootFile } });
		expect(JSON.parse(stdout)).toMatchObject({ color: "blue", version: "1.0.0" });
		const { stderr } = await execa("node", ["-e", code], { reject: false });
		expect(stderr).toContain("certificate");
	});

	it("shows each host a certificate of its own, and one to clients that name none", async () => {
		for (const host of ["localhost", HOST, ADMIN])
			expect((await shown(httpsPort, host, ca)).checkHost(host)).toBe(host);
		expect((await shown(httpsPort, undefined, ca)).checkHost("localhost")).toBe("localhost");
	});

	it("sends HTTP to HTTPS, but for load balancers and ACME", async () => {
		const plain = (path: string, method = "GET") => ask(shop.port, { path, method, host: "localhost" });
		for (const method of ["GET", "POST"]) {
			const { status, headers } = await plain("/api/products?page=2", method);
			expect([status, headers.location]).toEqual([308, `https://localhost:${httpsPort}/api/products?page=2`]);
			expect(headers["strict-transport-security"]).toBeUndefined();
		}
		expect((await plain("/health")).status).toBe(200);
		expect((await plain("/.well-known/acme-challenge/token")).status).toBe(404);
		expect((await ask(shop.port, { path: "/", host: "elsewhere.example.org" })).status).toBe(421);
	});

	it("tells browsers to stay with HTTPS, and the application that it is", async () => {
		const { status, headers } = await secure({ path: "/version" });
		expect([status, headers["strict-transport-security"]]).toEqual([200, "max-age=60"]);
		expect(headers["alt-svc"]).toContain(`h3=":${httpsPort}"`);
	});

	it("takes the prefix from a route's path, on its host only", async () => {
		expect((await secure({ host: ADMIN, path: "/office/version" })).status).toBe(200);
		expect((await secure({ host: HOST, path: "/office/version" })).status).toBe(404);
	});

	it("speaks HTTP/2", async () => {
		const session = connectH2(`https://localhost:${httpsPort}`, { ca });
		const status = await new Promise((resolve, reject) => {
			session.on("error", reject);
			session
				.request({ ":path": "/version" })
				.on("response", (headers) => resolve(headers[":status"]))
				.resume();
		});
		session.close();
		expect(status).toBe(200);
	});

	it.skipIf(!hasGo)("speaks HTTP/3 (its client is built with Go, and left out without it)", async () => {
		const url = `https://127.0.0.1:${httpsPort}/version`;
		const { stdout } = await execa(await goTool("h3"), [url, "localhost", rootFile]);
		expect(stdout).toContain("HTTP/3.0 200\n");
		expect(stdout).toContain('"color":"blue"');
	});

	it("changes nothing when nothing changed", async () => {
		expect(Object.keys((await shop.up()).changes)).toEqual(["same"]);
	});

	it("releases under load over kept connections of HTTP/1.1 and HTTP/2, with WebSockets: nothing fails", async () => {
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
		const { value, report } = await underLoad(
			`https://127.0.0.1:${httpsPort}`,
			() => underH2Load(`https://localhost:${httpsPort}`, ca, () => shop.up()),
			{ ca, host: "localhost", streams: { webSockets: 5, eventStreams: 5 } },
		);
		const { value: up, report: h2 } = value;
		assertSucceeded(up);
		console.log(
			`over HTTP/1.1: ${report.sent} sent, ${report.failed} failed; over HTTP/2: ${h2.sent} sent, ${h2.failures.length} failed`,
		);
		expect(report.failures).toEqual({});
		expect(report.connectionsOpened).toBe(CONNECTIONS);
		expect(Object.keys(report.byColor).sort()).toEqual(["blue", "green"]);
		expect(report.streams.map(({ color, how }) => `${color} ${how}`)).toEqual(
			Array.from({ length: 10 }, () => "blue clean"),
		);
		expect(h2.failures).toEqual([]);
		expect(h2.opened).toBe(4);
		expect(Object.keys(h2.byColor).sort()).toEqual(["blue", "green"]);
		expect(up.text).not.toContain("new Caddyfile");
		expect((await shop.outputs()).activeColor).toBe("green");
	});

	it("has no key in its state", async () => {
		const keys = await inContainer(
			shop.container("proxy"),
			...["sh", "-c", "cat $(find /data/caddy -name '*.key' | head -20)"],
		);
		const secrets = [...keys.matchAll(/-----BEGIN[^-]+-----\n(\S+)/g)].map(([, line], index) => [
			`key ${index}`,
			line ?? "",
		]);
		expect(secrets.length).toBeGreaterThan(2);
		expect(leaks(await shop.stateFiles(), Object.fromEntries(secrets))).toEqual([]);
	});
});

describe("certificate files", () => {
	const folder = mkdtempSync(path.join(tmpdir(), "front-certificates-"));
	let proxy: FrontProxy;
	let ca: Certificate;

	/** As an ACME client does: each file beside the old one, then renamed. */
	const put = async ({ certificate, key }: Certificate, betweenMs = 0) => {
		replace("c.pem", certificate);
		await pause(betweenMs);
		replace("k.pem", key);
	};
	const replace = (name: string, text: string) => {
		writeFileSync(path.join(folder, "live", `${name}.new`), text, { mode: 0o600 });
		renameSync(path.join(folder, "live", `${name}.new`), path.join(folder, "live", name));
	};

	beforeAll(async () => {
		ca = await authority();
		mkdirSync(path.join(folder, "live"));
		await put(await serverCertificate(ca, [HOST]));
		const tls = { mode: "files", folder, certificate: "live/c.pem", key: "live/k.pem" } as const;
		proxy = await FrontProxy.start(
			"front-files",
			["web"],
			{ hosts: [HOST], tls },
			(upstream) => {
				const routes = [{ prefix: "/", upstreams: [upstream("web")] }];
				return { blue: routes, green: routes };
			},
			folder,
		);
	});
	afterAll(async () => {
		await proxy?.dispose();
		rmSync(folder, { recursive: true, force: true });
	});

	it("are in use, and the application is told that it is HTTPS", async () => {
		const { headers } = await proxy.seen({ path: "/", host: HOST, tls: { ca: ca.certificate } });
		expect(headers["x-forwarded-proto"]).toBe("https");
	});

	it("are shown to a client that names no host, as load balancers do", async () => {
		expect((await shown(proxy.httpsPort, undefined, ca.certificate)).checkHost(HOST)).toBe(HOST);
	});

	it("that are renewed are in use at once, without a reload: no request fails, no kept connection closes", async () => {
		const url = `https://127.0.0.1:${proxy.httpsPort}`;
		const before = await serialOf(proxy.httpsPort, ca);
		const { value, report } = await underLoad(
			url,
			() =>
				onNewConnections(proxy, ca, async () => {
					for (let renewal = 0; renewal < 5; renewal++) {
						await put(await serverCertificate(ca, [HOST]));
						await pause(400);
					}
				}),
			{ ca: ca.certificate, host: HOST, requests: [{ path: "/" }] },
		);
		console.log(
			`5 renewals: ${report.sent} requests on ${CONNECTIONS} kept connections, ${report.failed} failed; ${value.sent} on new ones, ${value.failures.length} failed`,
		);
		expect(report.failures).toEqual({});
		expect(report.connectionsOpened).toBe(CONNECTIONS);
		expect(value.failures).toEqual([]);
		expect(value.sent).toBeGreaterThan(100);
		expect(await serialOf(proxy.httpsPort, ca)).not.toBe(before);
	});

	it("of which the key comes half a second after the certificate: handshakes wait for it", async () => {
		const { failures, sent } = await onNewConnections(proxy, ca, () =>
			serverCertificate(ca, [HOST]).then((next) => put(next, 500)),
		);
		expect(failures).toEqual([]);
		expect(sent).toBeGreaterThan(20);
	});

	it("that are never a pair fail handshakes only, until they are mended", async () => {
		const kept = await serverCertificate(ca, [HOST]);
		await put({ ...kept, key: (await serverCertificate(ca, [HOST])).key });
		await expect(shown(proxy.httpsPort, HOST, ca.certificate)).rejects.toThrow();
		expect((await proxy.ask({ path: "/health", host: HOST })).status).toBe(200);
		await put(kept);
		await expect(shown(proxy.httpsPort, HOST, ca.certificate)).resolves.toBeDefined();
	});

	it("are handed out to Caddy alone: not on any address but its container's loopback", async () => {
		const listening = await inContainer(proxy.container, "sh", "-c", "cat /proc/net/tcp /proc/net/tcp6");
		const at = listening.split("\n").filter((line) => /:07E2 0+:0000 0A/.test(line));
		expect(at).toHaveLength(1);
		expect(at[0]).toContain("0100007F:07E2");
	});
});

/** The certificate that a client sees, of the authority that it trusts. */
function shown(port: number, servername: string | undefined, ca: string): Promise<X509Certificate> {
	return new Promise((resolve, reject) => {
		const socket = connect(
			{
				...{ host: "127.0.0.1", port, ca, checkServerIdentity: () => undefined },
				...(servername !== undefined && { servername }),
			},
			() => {
				const certificate = socket.getPeerX509Certificate();
				socket.destroy();
				if (certificate) resolve(certificate);
				else reject(new Error("no certificate"));
			},
		);
		socket.on("error", reject);
	});
}

async function serialOf(port: number, ca: Certificate): Promise<string> {
	return (await shown(port, HOST, ca.certificate)).serialNumber;
}

/** Fifty requests a second, each on a connection of its own, while `work` runs. */
async function onNewConnections(
	proxy: FrontProxy,
	ca: Certificate,
	work: () => Promise<unknown>,
): Promise<{ sent: number; failures: string[] }> {
	const failures: string[] = [];
	const pending: Promise<void>[] = [];
	let going = true;
	const loop = (async () => {
		while (going) {
			const one = proxy.ask({ path: "/", host: HOST, tls: { ca: ca.certificate } }).then(
				({ status }) => void (status === 200 || failures.push(String(status))),
				(error: Error) => void failures.push(error.message),
			);
			pending.push(one);
			await pause(20);
		}
	})();
	try {
		await pause(500);
		await work();
		await pause(1_500);
	} finally {
		going = false;
		await loop;
		await Promise.all(pending);
	}
	return { sent: pending.length, failures };
}
