import { createSocket, type Socket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { proxy as schema } from "../../../components/settings/schema";
import { directoryOf, lookUp, namesFor, serverClock } from "../../../scripts/doctor/gather/network";

const open: (Socket | Server)[] = [];
afterEach(() => {
	for (const one of open.splice(0)) one.close();
});

/** A DNS server that says the same of every name; a code: it says that instead; undefined: nothing. */
async function resolver(answer: { a?: string; code?: number } | undefined): Promise<Resolver> {
	const socket = createSocket("udp4", (question, { port, address }) => {
		if (answer !== undefined) socket.send(reply(question, answer), port, address);
	}).bind(0, "127.0.0.1");
	open.push(socket);
	await once(socket, "listening");
	const asking = new Resolver({ timeout: 200, tries: 1 });
	asking.setServers([`127.0.0.1:${socket.address().port}`]);
	return asking;
}

/** RFC 1035, 4.1: the question again, with one address if it asks for IPv4. */
function reply(question: Buffer, { a, code = 0 }: { a?: string; code?: number }): Buffer {
	const end = question.indexOf(0, 12) + 5;
	const asksForV4 = question.readUInt16BE(end - 4) === 1;
	const answers = a !== undefined && asksForV4 ? [a] : [];
	const header = Buffer.from(question.subarray(0, 12));
	header.writeUInt16BE(0x8180 | code, 2);
	header.writeUInt16BE(answers.length, 6);
	header.writeUInt32BE(0, 8);
	const records = answers.map((address) =>
		Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)]),
	);
	return Buffer.concat([header, question.subarray(12, end), ...records]);
}

const HOST = "shop.example.com";

describe("a name", () => {
	test("has an address, though not of every kind", async () => {
		expect(await lookUp(HOST, await resolver({ a: "203.0.113.7" }))).toEqual({
			host: HOST,
			addresses: { known: ["203.0.113.7"] },
		});
	});

	test.for([3, 0])("has none: code %i", async (code) => {
		expect(await lookUp(HOST, await resolver({ code }))).toEqual({ host: HOST, addresses: { known: [] } });
	});

	test("is not known where the DNS says nothing, and that takes no longer than it may", async () => {
		const start = performance.now();
		expect(await lookUp(HOST, await resolver(undefined))).toEqual({
			host: HOST,
			addresses: { why: "the DNS server does not answer" },
		});
		expect(performance.now() - start).toBeLessThan(4_500);
	});

	test("is not known where the DNS is broken, or not there", async () => {
		expect(await lookUp(HOST, await resolver({ code: 2 }))).toEqual({
			host: HOST,
			addresses: { why: "the DNS server says that it failed" },
		});
		const asking = await resolver(undefined);
		open.pop()?.close();
		expect(await lookUp(HOST, asking)).toEqual({ host: HOST, addresses: { why: "no DNS server answers" } });
	});
});

describe("the names for certificates", () => {
	const acme = { mode: "acme", email: "admin@example.com" };
	const settings = (changes: object) => schema.parse({ hosts: [HOST], tls: acme, ...changes });

	test("are the hosts, and that of the preview", () => {
		expect(namesFor(settings({}))).toEqual([HOST]);
		expect(namesFor(settings({ preview: { host: "next.example.com" } }))).toEqual([HOST, "next.example.com"]);
		expect(namesFor(settings({ preview: { enabled: false, host: "next.example.com" } }))).toEqual([HOST]);
		expect(namesFor(settings({ tls: { mode: "internal" } }))).toEqual([]);
	});

	test("come from Let's Encrypt, from its staging, or from another authority", () => {
		const directory = "https://ca.example.com/directory";
		const of = (tls: object) => directoryOf(settings({ tls }).tls);
		expect(of(acme)).toBe("https://acme-v02.api.letsencrypt.org/directory");
		expect(of({ ...acme, staging: true })).toBe("https://acme-staging-v02.api.letsencrypt.org/directory");
		expect(of({ ...acme, directory })).toBe(directory);
		expect(of({ mode: "off" })).toBeUndefined();
	});
});

describe("the clock of a server", () => {
	const serving = async (listener: RequestListener) => {
		const server = createServer(listener).listen(0, "127.0.0.1");
		open.push(server);
		await once(server, "listening");
		return `http://127.0.0.1:${(server.address() as AddressInfo).port}/directory`;
	};

	test("is read from its Date", async () => {
		const url = await serving((_, response) => {
			response.setHeader("Date", new Date(Date.now() - 600_000).toUTCString()).end();
		});
		const { name, aheadMs } = await serverClock(url);
		expect(name).toBe(new URL(url).host);
		const ahead = "known" in aheadMs ? aheadMs.known : Number.NaN;
		expect(ahead).toBeLessThan(-598_000);
		expect(ahead).toBeGreaterThan(-603_000);
	});

	test("is not known without one, or without an answer", async () => {
		const url = await serving((_, response) => {
			response.sendDate = false;
			response.end();
		});
		expect((await serverClock(url)).aheadMs).toEqual({ why: "its answer has no Date" });
		const [server] = open.splice(0) as Server[];
		server?.closeAllConnections();
		server?.close();
		const { aheadMs } = await serverClock(url);
		expect("why" in aheadMs && aheadMs.why).toContain("ECONNREFUSED");
	});
});
