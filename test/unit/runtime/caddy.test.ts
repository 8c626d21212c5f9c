import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CaddyAdmin } from "../../../components/runtime/caddy/admin";
import { ProxyFiles } from "../../../components/runtime/caddy/files";
import { assertSupportedCaddy, unsupported } from "../../../components/runtime/caddy/version";
import { assertProxyRuns, readServing, servingSentence } from "../../../components/runtime/caddy/world";
import { type FakeContainer, FakeEngine } from "./support/fake-engine";
import { lineServer } from "./support/line-server";
import { type LocalServer, serve } from "./support/server";

let fake: FakeEngine;
let folder: string;
beforeEach(async () => {
	fake = await FakeEngine.start();
	fake.containers.set("proxy", {});
	folder = mkdtempSync(join(tmpdir(), "proxy-files-"));
	fake.talk = (_, command) => really(command);
});
afterEach(async () => {
	rmSync(folder, { recursive: true });
	await fake.close();
});

/** The program as it would run in the container, on this machine: the shell is a real one. */
function really([program = "", ...args]: string[]): Duplex {
	const child = spawn(program, args, { env: { ...process.env, LC_ALL: "C" } });
	const duplex = Duplex.from({ readable: child.stdout, writable: child.stdin });
	// A program that is ended in the middle is what some of these tests are about.
	duplex.on("error", () => undefined).on("close", () => child.kill());
	return duplex;
}

describe("files in the proxy's container", () => {
	let files: ProxyFiles;
	beforeEach(() => {
		files = new ProxyFiles(fake.engine, "proxy");
	});
	afterEach(() => files.close());

	test.for(["g", "", "two\nlines\n", "$(touch /tmp/x) `id` \"'\\ %s ☺", "-n", "x".repeat(300_000)])(
		"have just the text that was written: %j",
		async (text) => {
			const path = join(folder, "deep", "er", "file");
			await files.write(path, text);
			expect(readFileSync(path, "utf8")).toBe(text);
			expect(await files.read(path)).toBe(text);
			expect(readdirSync(join(folder, "deep", "er"))).toEqual(["file"]);
		},
	);

	test("are all read and written by one process", async () => {
		let started = 0;
		fake.talk = (_, command) => {
			started++;
			return really(command);
		};
		const path = join(folder, "file");
		await files.write(path, "one");
		await Promise.all([files.write(path, "two"), files.read(path), files.write(path, "three")]);
		expect(await files.read(path)).toBe("three");
		expect(started).toBe(1);
	});

	test("are replaced by a rename: who has the old one open keeps it whole", async () => {
		const path = join(folder, "file");
		writeFileSync(path, "old");
		const inode = statSync(path).ino;
		await files.write(path, "new");
		expect(statSync(path).ino).not.toBe(inode);
	});

	test("keep their text when the new one cannot be written", async () => {
		const path = join(folder, "file");
		writeFileSync(path, "old");
		fake.talk = (_, [, , script = ""]) => really(["sh", "-c", `ulimit -f 0; ${script}`]);
		const failing = files.write(path, "x".repeat(5_000));
		await expect(failing).rejects.toThrow(`cannot write ${path} in proxy: `);
		expect(readFileSync(path, "utf8")).toBe("old");
	});

	test("that are not there read as nothing; one that cannot be read is an error", async () => {
		expect(await files.read(join(folder, "none"))).toBeUndefined();
		await expect(files.read(folder)).rejects.toThrow(
			`cannot read ${folder} in proxy: cat: ${folder}: Is a directory`,
		);
	});

	test("are not made by reading", async () => {
		await files.read(join(folder, "none"));
		expect(existsSync(join(folder, "none"))).toBe(false);
	});

	test("are read by another process after one that ended", async () => {
		writeFileSync(join(folder, "file"), "here");
		const first = lineServer(() => undefined);
		fake.talk = () => first;
		const waiting = files.read(join(folder, "file"));
		setTimeout(() => first.destroy(), 50);
		await expect(waiting).rejects.toThrow("sh in proxy: it has ended");
		fake.talk = (_, command) => really(command);
		expect(await files.read(join(folder, "file"))).toBe("here");
	});
});

describe("who serves", () => {
	test.for([
		["0", "blue", "Traffic was not moved: blue keeps serving."],
		["g", "green", "Traffic was not moved: green keeps serving."],
		["80", "shared", "Traffic is shared between blue and green."],
		[undefined, "none", "Nothing serves yet: no color has been released."],
	] as const)("by %j: %s", async ([value, serving, sentence]) => {
		fake.talk = () =>
			lineServer((line) => {
				expect(line).toBe("read /switch/green_below");
				return value === undefined ? "none" : `text ${Buffer.from(value).toString("base64")}`;
			});
		const files = new ProxyFiles(fake.engine, "proxy");
		expect(await readServing(files)).toBe(serving);
		files.close();
		expect(await servingSentence(fake.engine, "proxy")).toBe(sentence);
	});

	test("cannot be told where the proxy does not run", async () => {
		fake.containers.set("proxy", { status: "exited" });
		await expect(readServing(new ProxyFiles(fake.engine, "proxy"))).rejects.toThrow("is not running");
		expect(await servingSentence(fake.engine, "proxy")).toBe(
			"The proxy (proxy) does not answer, so nothing may be serving: docker logs proxy",
		);
	});
});

describe("a proxy that does not run", () => {
	const asserted = async (container?: FakeContainer) => {
		if (container === undefined) fake.containers.delete("proxy");
		else fake.containers.set("proxy", container);
		return assertProxyRuns(fake.engine, "proxy").catch((error: Error) => `${error.name}: ${error.message}`);
	};

	test("is told of with its last log lines and the command that starts it", async () => {
		expect(
			await asserted({ status: "exited", exitCode: 1, logs: ["Error: bind: address in use"] }),
		).toMatchInlineSnapshot(`
			"StepError: The proxy proxy does not run: it is exited (exit code 1). Nothing is served.
			  its last log lines:
			    Error: bind: address in use
			Next: docker start proxy && pulumi up"
		`);
	});

	test("and is gone is made anew", async () => {
		expect(await asserted()).toMatchInlineSnapshot(`
			"StepError: The proxy proxy does not run: there is no such container. Nothing is served.
			Next: pulumi up --refresh"
		`);
	});

	test("is not told of while it runs", async () => {
		expect(await asserted({})).toBeUndefined();
	});
});

describe("a version of Caddy", () => {
	test.for(["v2.11.3 h1:abc=", "2.11.3", "v2.11.10", "v2.12.0", "v3.0.0-beta.1", "(devel)", ""])(
		"%j will do",
		(output) => {
			expect(unsupported(output)).toBeUndefined();
		},
	);

	test.for([
		["2.6.2", "2.6.2"],
		["v2.11.2 h1:abc=", "2.11.2"],
		["v2.10.99", "2.10.99"],
		["v1.99.99", "1.99.99"],
	] as const)("%j is too old", ([output, version]) => {
		expect(unsupported(output)).toBe(
			`Caddy ${version} is too old; 2.11.3 or newer is needed: before 2.11.2 its admin API forgets requests in flight to upstreams that a reload removed, so a drain would end too early.\nNext: pulumi config set --path proxy.image caddy:2.11-alpine`,
		);
	});

	test("is asked of the container", async () => {
		fake.run = async (container, command) => ({ stdout: `${container} ${command.join(" ")} v2.6.2` });
		await expect(assertSupportedCaddy(fake.engine, "proxy")).rejects.toThrow("Caddy 2.6.2 is too old");
	});
});

describe("the admin API", () => {
	let admin: LocalServer;
	let client: CaddyAdmin;
	let answers: Record<string, [status: number, body: string]>;
	let asked: string[];

	beforeEach(async () => {
		asked = [];
		answers = {};
		admin = await serve((request, response) => {
			const what = `${request.method} ${request.url}`;
			const { "content-type": type, "cache-control": cache, host } = request.headers;
			asked.push([what, host, type, cache].filter((part) => part !== undefined).join(" | "));
			request.resume().on("end", () => {
				const [status, body] = answers[what] ?? [404, "not here"];
				response.writeHead(status).end(body);
			});
		});
		fake.dial.set("127.0.0.1:2019", admin.port);
		client = new CaddyAdmin(fake.engine, "proxy", 5_000);
	});
	afterEach(async () => {
		client.close();
		await admin.close();
	});

	test("tells whether Caddy runs a Caddyfile, whatever the order of its settings", async () => {
		answers = {
			"POST /adapt": [200, '{"warnings":[],"result":{"admin":{"listen":"x"},"apps":{}}}'],
			"GET /config/": [200, '{"apps":{},"admin":{"listen":"x"}}\n'],
		};
		expect(await client.runs("text")).toBe(true);
		expect(asked).toEqual(["POST /adapt | 127.0.0.1:2019 | text/caddyfile", "GET /config/ | 127.0.0.1:2019"]);
		answers["GET /config/"] = [200, '{"apps":{"http":{}},"admin":{"listen":"x"}}'];
		expect(await client.runs("text")).toBe(false);
		answers["GET /config/"] = [200, "null\n"];
		expect(await client.runs("text")).toBe(false);
	});

	test("loads with the files that the text refers to read again", async () => {
		answers = { "POST /load": [200, ""] };
		await client.load("text");
		expect(asked).toEqual(["POST /load | 127.0.0.1:2019 | text/caddyfile | must-revalidate"]);
	});

	test("is asked on a new connection after a load, because Caddy closes the old ones", async () => {
		answers = { "POST /load": [200, ""], "GET /reverse_proxy/upstreams": [200, "[]"] };
		await client.inFlight();
		await client.load("text");
		expect(admin.connections()).toBe(1);
		await client.inFlight();
		expect(admin.connections()).toBe(2);
	});

	test("says why Caddy rejects a text", async () => {
		const reason = '{"error":"adapting config using caddyfile: Caddyfile:3: unrecognized directive: hadnle"}';
		answers = { "POST /load": [400, reason], "POST /adapt": [400, reason] };
		const message =
			"Caddy rejects the Caddyfile: adapting config using caddyfile: Caddyfile:3: unrecognized directive: hadnle";
		await expect(client.load("text")).rejects.toThrow(message);
		await expect(client.runs("text")).rejects.toThrow(message);
	});

	test("says how to get an admin API back that does not answer", async () => {
		await admin.close();
		await expect(client.runs("text")).rejects.toThrow(
			/^Caddy's admin API does not answer: .*\nNext: docker restart proxy && pulumi up$/,
		);
	});

	test("says what came instead of a reason", async () => {
		answers = { "POST /load": [502, "<html>"] };
		await expect(client.load("text")).rejects.toThrow("Caddy rejects the Caddyfile: 502 <html>");
	});

	test("counts requests in flight by upstream", async () => {
		answers = { "GET /reverse_proxy/upstreams": [200, '[{"address":"a:1","num_requests":3,"fails":0}]'] };
		expect(await client.inFlight()).toEqual(new Map([["a:1", 3]]));
		answers = { "GET /reverse_proxy/upstreams": [500, "no"] };
		await expect(client.inFlight()).rejects.toThrow("Caddy's admin API answered 500: no");
	});
});
