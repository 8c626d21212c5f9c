import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { portProblems } from "../../../components/proxy/port";
import { renderProblems } from "../../../components/settings/problems";
import { proxy as schema } from "../../../components/settings/schema";

let other: Server;
let port: number;

beforeEach(async () => {
	other = createServer().listen(0, "127.0.0.1");
	await once(other, "listening");
	port = (other.address() as AddressInfo).port;
});
afterEach(() => void other.close());

const settings = (httpPort: number, bindAddress = "127.0.0.1") => ({
	proxy: schema.parse({ httpPort, bindAddress }),
});

describe("the proxy's port", () => {
	test("in use by something else", async () => {
		const problems = await portProblems(settings(port), [], undefined);
		expect(
			renderProblems(problems, "prod")
				.replaceAll(String(port), "8080")
				.replaceAll(String(port + 1), "8081"),
		).toBe(`1 problem in the settings of stack prod; nothing was touched.
  proxy.httpPort: 8080 is in use by another program on 127.0.0.1. Allowed: a port that nothing listens on.
      pulumi config set --path proxy.httpPort 8081`);
	});

	test("of the preview in use by something else, unless the preview is off", async () => {
		const free = 65_000;
		const proxy = (enabled: boolean) => schema.parse({ httpPort: free, preview: { enabled, port } });
		const published = [`127.0.0.1:${free}`];
		const problems = await portProblems({ proxy: proxy(true) }, published, undefined);
		expect(problems.map(({ path }) => path)).toEqual([["proxy", "preview", "port"]]);
		expect(await portProblems({ proxy: proxy(false) }, published, undefined)).toEqual([]);
	});

	test("in use on one address is in use for all of them", async () => {
		expect(await portProblems(settings(port, "0.0.0.0"), [], undefined)).toHaveLength(1);
	});

	test("in use by the stack itself", async () => {
		expect(await portProblems(settings(port), [`127.0.0.1:${port}`], undefined)).toEqual([]);
	});

	test("published by the stack on another address is not this one", async () => {
		expect(await portProblems(settings(port), [`192.0.2.1:${port}`], undefined)).toHaveLength(1);
	});

	test("that is free, and stays free after the question", async () => {
		other.close();
		await once(other, "close");
		expect(await portProblems(settings(port), [], undefined)).toEqual([]);
		expect(await portProblems(settings(port), [], "unix:///var/run/docker.sock")).toEqual([]);
	});

	test.for(["ssh://deploy@shop.example.com", "tcp://192.0.2.1:2376"])(
		"is not asked of this machine where the Engine is at %s",
		async (dockerHost) => {
			expect(await portProblems(settings(port), [], dockerHost)).toEqual([]);
		},
	);
});

describe("the proxy's port for HTTPS", () => {
	const secure = (httpsPort: number, mode = "internal") => ({
		proxy: schema.parse({ httpPort: 1, bindAddress: "127.0.0.1", httpsPort, tls: { mode } }),
	});
	const said = async (of: Parameters<typeof portProblems>[0]) =>
		(await portProblems(of, ["127.0.0.1:1"], undefined)).map(({ reason }) =>
			reason.replaceAll(String(port), "8443"),
		);

	test("in use by something else, if there is HTTPS", async () => {
		expect(await said(secure(port))).toEqual([
			"8443 is in use by another program on 127.0.0.1. Allowed: a port that nothing listens on.",
		]);
		expect(await said(secure(port, "off"))).toEqual([]);
	});

	test("in use over UDP, which HTTP/3 needs", async () => {
		other.close();
		await once(other, "close");
		const socket = createSocket("udp4").bind(port, "127.0.0.1");
		await once(socket, "listening");
		try {
			expect(await said(secure(port))).toEqual([
				"8443 (UDP, for HTTP/3) is in use by another program on 127.0.0.1. Allowed: a port that nothing listens on.",
			]);
		} finally {
			socket.close();
		}
		expect(await said(secure(port))).toEqual([]);
	});
});

describe("a database's port", () => {
	const shop = (publishPort: number) => ({
		proxy: schema.parse({ httpPort: 1, bindAddress: "203.0.113.1" }),
		databases: { main: { publishPort }, cache: {} },
	});

	test("in use by something else", async () => {
		const problems = await portProblems(shop(port), [], undefined);
		expect(
			renderProblems(problems, "prod")
				.replaceAll(String(port), "5432")
				.replaceAll(String(port + 1), "5433"),
		).toBe(`1 problem in the settings of stack prod; nothing was touched.
  databases.main.publishPort: 5432 is in use by another program on 127.0.0.1. Allowed: a port that nothing listens on.
      pulumi config set --path databases.main.publishPort 5433`);
	});

	test("in use by the stack itself", async () => {
		expect(await portProblems(shop(port), [`127.0.0.1:${port}`], undefined)).toEqual([]);
	});
});
