import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { verifyPublicSide } from "../../../components/runtime/public-side";
import type { PublicCheck } from "../../../components/runtime/steps";
import { type LocalServer, serve } from "./support/server";

let server: LocalServer | undefined;
afterEach(async () => {
	await server?.close();
	server = undefined;
});

const HEALTH: PublicCheck = { service: "web", path: "/health", expect: "2xx" };
const POLICY = { passes: 2, timeoutMs: 1_000 };

interface Public {
	readonly status?: number;
	/** The color that the answers name; null: none. */
	readonly color?: string | null;
	readonly body?: string;
	readonly listener?: (request: IncomingMessage, response: ServerResponse) => void;
}

/** Verifies that green answers on a server that behaves like `shown`; the port is made the same in complaints. */
async function verify(
	shown: Public,
	checks: readonly PublicCheck[] = [HEALTH],
	proxy: { colorHeader?: string; host?: string } = { colorHeader: "X-Color" },
): Promise<string | undefined> {
	const { status = 200, color = "green", body = "", listener } = shown;
	server = await serve((request, response) => {
		listener?.(request, response);
		if (response.writableEnded) return;
		response.writeHead(status, color === null ? {} : { "X-Color": color }).end(body);
	});
	const { url, port } = server;
	const seen = await verifyPublicSide({ container: "p", id: "i", url, ...proxy }, "green", checks, POLICY);
	return seen?.replaceAll(String(port), "8080");
}

describe("the public side passes", () => {
	test("when the new color answers every check, so many times in a row", async () => {
		const paths: (string | undefined)[] = [];
		const checks = [HEALTH, { ...HEALTH, path: "/api/health" }];
		expect(await verify({ listener: ({ url }) => void paths.push(url) }, checks)).toBeUndefined();
		expect(paths.sort()).toEqual(["/api/health", "/api/health", "/health", "/health"]);
	});

	test("when the answer has the status that is wanted", async () => {
		expect(await verify({ status: 401 }, [{ ...HEALTH, expect: 401 }])).toBeUndefined();
	});

	test("when a route whose health nobody told answers anything but an error of the server", async () => {
		expect(await verify({ status: 404 }, [{ ...HEALTH, expect: "below-500" }])).toBeUndefined();
	});

	test("without the color where answers do not name it", async () => {
		expect(await verify({ color: null }, [HEALTH], {})).toBeUndefined();
	});

	test("with nothing to check", async () => {
		expect(await verify({ status: 500 }, [])).toBeUndefined();
	});

	test("with the host name that the proxy serves", async () => {
		const hosts: (string | undefined)[] = [];
		const listener = ({ headers }: IncomingMessage) => void hosts.push(headers.host);
		await verify({ listener }, [HEALTH], { host: "shop.example.com", colorHeader: "X-Color" });
		expect(hosts).toEqual(["shop.example.com", "shop.example.com"]);
	});
});

describe("the public side is complained about", () => {
	test("when the old color answers", async () => {
		expect(await verify({ color: "blue" })).toBe(
			"GET http://127.0.0.1:8080/health (web) was answered by blue instead of green (200)",
		);
	});

	test("when no color does", async () => {
		expect(await verify({ color: null, status: 502 })).toBe(
			"GET http://127.0.0.1:8080/health (web) was answered by no color instead of green (502)",
		);
	});

	test("when the new color answers with an error, at once", async () => {
		let requests = 0;
		const complaint = await verify({
			status: 500,
			body: "no such table: orders",
			listener: () => void requests++,
		});
		expect(complaint).toBe(
			"GET http://127.0.0.1:8080/health (web) answered 500 (wanted 2xx): no such table: orders",
		);
		expect(requests).toBe(1);
	});

	test("when the new color is of another version than the settings say, though it is well", async () => {
		const told: PublicCheck = {
			service: "web",
			path: "/version",
			expect: "2xx",
			version: { json: "version", wanted: "2.0.0" },
		};
		const complaint = "GET http://127.0.0.1:8080/version (web)";
		expect(await verify({ body: '{"version":"2.0.0"}' }, [told])).toBeUndefined();
		expect(await verify({ body: '{"version":"1.0.0"}' }, [told])).toBe(
			`${complaint} says 1.0.0 instead of 2.0.0`,
		);
		expect(await verify({ body: "hello" }, [told])).toBe(`${complaint} tells no version as "version": hello`);
	});

	test("when only the second pass fails", async () => {
		let requests = 0;
		const listener = (_: IncomingMessage, response: ServerResponse) => {
			if (++requests === 2) response.writeHead(503, { "X-Color": "green" }).end();
		};
		expect(await verify({ listener })).toBe(
			"GET http://127.0.0.1:8080/health (web) answered 503 (wanted 2xx): ",
		);
	});

	test.for([
		[404, 200],
		[302, "2xx"],
		[500, "below-500"],
	] as const)("when it answers %d and %s is wanted", async ([status, wanted]) => {
		expect(await verify({ status }, [{ ...HEALTH, expect: wanted }])).toContain(
			`answered ${status} (wanted ${wanted})`,
		);
	});
});

describe("a connection that fails", () => {
	const proxy = { container: "p", id: "i", colorHeader: "X-Color" };

	test("is tried again: right after a first load nothing may listen yet", async () => {
		const free = await serve(() => {});
		await free.close();
		const verifying = verifyPublicSide({ ...proxy, url: free.url }, "green", [HEALTH], POLICY);
		await new Promise((resolve) => setTimeout(resolve, 250));
		server = await serve((_, response) => response.writeHead(200, { "X-Color": "green" }).end(), free.port);
		expect(await verifying).toBeUndefined();
	});

	test("is complained about when the time is over", async () => {
		const { url, port, close } = await serve(() => {});
		await close();
		const policy = { passes: 1, timeoutMs: 300 };
		const start = performance.now();
		const complaint = await verifyPublicSide({ ...proxy, url }, "green", [HEALTH], policy);
		expect(complaint).toBe(`GET ${url}/health (web): connect ECONNREFUSED 127.0.0.1:${port}`);
		expect(performance.now() - start).toBeGreaterThan(300);
		expect(performance.now() - start).toBeLessThan(2_000);
	});
});
