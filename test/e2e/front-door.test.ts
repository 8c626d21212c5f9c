import { type IncomingHttpHeaders, request } from "node:http";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RouteTables } from "../../components/proxy/color-routes";
import { FrontProxy } from "./support/front-proxy";
import { pause } from "./support/load";

const HOSTS = ["shop.example.com", "admin.example.com", "*.apps.example.com"];
const SPOOFED = {
	"x-forwarded-for": "203.0.113.99",
	"x-forwarded-proto": "https",
	"x-forwarded-host": "evil.example.org",
	"x-forwarded-port": "1",
	"x-forwarded-prefix": "/evil",
	"x-real-ip": "203.0.113.99",
	forwarded: "for=203.0.113.99",
};

/** Our Caddyfile in a real Caddy, before applications that tell what they see. */
describe("the front door", () => {
	let proxy: FrontProxy;
	let tables: RouteTables;

	beforeAll(async () => {
		proxy = await FrontProxy.start("front-door", ["web", "api", "admin"], {}, (upstream) => {
			const [web, api, admin] = ["web", "api", "admin"].map((name) => [upstream(name)]) as [
				string[],
				string[],
				string[],
			];
			const routes = [
				{ host: "admin.example.com", prefix: "/", upstreams: admin },
				{ host: "*.apps.example.com", prefix: "/", upstreams: api },
				{ prefix: "/api/v2", strip: true as const, upstreams: api },
				{ prefix: "/api", upstreams: web },
				{ prefix: "/admin", upstreams: admin },
				{ prefix: "/", upstreams: web },
			];
			tables = { blue: routes, green: routes };
			return tables;
		});
	});
	afterAll(() => proxy?.dispose());

	describe("says itself who the client is", () => {
		it("and drops what a client claims", async () => {
			const { headers } = await proxy.seen({ path: "/", host: "shop.example.com", headers: SPOOFED });
			const client = headers["x-forwarded-for"];
			expect(client).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
			expect(client).not.toBe("203.0.113.99");
			expect(headers).toMatchObject({
				"x-forwarded-proto": "http",
				"x-forwarded-host": "shop.example.com",
				"x-real-ip": client,
			});
			for (const name of ["forwarded", "x-forwarded-port", "x-forwarded-prefix"])
				expect(headers).not.toHaveProperty(name);
		});

		it("also of a request that waited for a hold", async () => {
			await proxy.writeSwitch(`0-held-until-${Math.floor(Date.now() / 1_000) + 60}`);
			const waiting = proxy.seen({ path: "/", host: "shop.example.com", headers: SPOOFED });
			expect(await Promise.race([waiting, pause(1_000)])).toBeUndefined();
			await proxy.writeSwitch("0");
			const { headers } = await waiting;
			expect(headers["x-forwarded-for"]).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
			expect(headers["x-forwarded-for"]).not.toBe("203.0.113.99");
			expect(headers["x-real-ip"]).toBe(headers["x-forwarded-for"]);
			expect(headers["x-forwarded-host"]).toBe("shop.example.com");
			expect(headers).not.toHaveProperty("forwarded");
		});

		it("and believes trusted proxies, from the right: nothing that stands before a stranger's address", async () => {
			const direct = await proxy.seen({ path: "/" });
			const peer = direct.headers["x-real-ip"] ?? "";
			await proxy.load({ trustedProxies: [`${peer}/32`, "10.0.0.0/8"] }, tables);
			const { headers } = await proxy.seen({
				path: "/",
				headers: { ...SPOOFED, "x-forwarded-for": "1.1.1.1, 198.51.100.7, 10.1.2.3" },
			});
			expect(headers["x-forwarded-for"]).toBe(`198.51.100.7, ${peer}`);
			expect(headers["x-real-ip"]).toBe("198.51.100.7");
			expect(headers["x-forwarded-proto"]).toBe("https");
			expect(headers).not.toHaveProperty("forwarded");
			await proxy.load({ trustedProxies: ["10.0.0.0/8"] }, tables);
			const stranger = await proxy.seen({ path: "/", headers: SPOOFED });
			expect(stranger.headers["x-forwarded-for"]).toBe(peer);
		});
	});

	describe("sends each request to its service", () => {
		const asked = async (host: string, path: string) => {
			const { upstream, url, headers } = await proxy.seen({ path, host });
			return `${upstream} ${url}${headers["x-forwarded-prefix"] ? ` (${headers["x-forwarded-prefix"]})` : ""}`;
		};
		beforeAll(() => proxy.load({ hosts: HOSTS }, tables));

		it.for([
			["shop.example.com", "/", "web /"],
			["shop.example.com", "/api/orders", "web /api/orders"],
			["shop.example.com", "/api/v2/orders?page=2", "api /orders?page=2 (/api/v2)"],
			["shop.example.com", "/api/v2", "api / (/api/v2)"],
			["shop.example.com", "/API/V2/orders", "api /orders (/api/v2)"],
			["shop.example.com", "/api/v20", "web /api/v20"],
			["shop.example.com", "/admin/users", "admin /admin/users"],
			["admin.example.com", "/api/v2/orders", "admin /api/v2/orders"],
			["Admin.Example.com", "/", "admin /"],
			["one.apps.example.com", "/admin", "api /admin"],
		] as const)("%s%s goes to %s", async ([host, path, wanted]) => {
			expect(await asked(host, path)).toBe(wanted);
		});

		it("and refuses a host that it does not serve", async () => {
			expect(await proxy.ask({ path: "/", host: "elsewhere.example.org" })).toMatchObject({ status: 421 });
		});
	});

	describe("by choice", () => {
		beforeAll(() => proxy.load({ securityHeaders: true, compress: true, maxRequestBody: "10kB" }, tables));

		it("sets headers that the application does not set itself", async () => {
			expect((await proxy.ask({ path: "/" })).headers).toMatchObject({
				"x-content-type-options": "nosniff",
				"x-frame-options": "SAMEORIGIN",
				"referrer-policy": "strict-origin-when-cross-origin",
			});
			const own = await proxy.ask({ path: "/own" });
			expect(own.headers["x-frame-options"]).toBe("DENY");
			expect(own.headers["x-content-type-options"]).toBe("nosniff");
		});

		it("answers 413 to a body that is too large, with a length and without, and lets others pass", async () => {
			const fits = await proxy.seen({ path: "/", method: "POST", body: "x".repeat(10_000) });
			expect(fits.bytes).toBe(10_000);
			const large = { path: "/", method: "POST", body: "x".repeat(10_001) };
			expect((await proxy.ask(large)).status).toBe(413);
			expect((await proxy.ask({ ...large, chunked: true })).status).toBe(413);
		});

		it("compresses text as the client can, and nothing else", async () => {
			const get = (path: string, encodings: string) =>
				proxy.ask({ path, headers: { "accept-encoding": encodings } });
			const zipped = await get("/text", "gzip, br");
			expect(zipped.headers["content-encoding"]).toBe("gzip");
			expect(gunzipSync(zipped.body).toString("utf8")).toBe("text ".repeat(4_000));
			expect(zipped.body.length).toBeLessThan(2_000);
			expect((await get("/text", "gzip, zstd")).headers["content-encoding"]).toBe("zstd");
			expect((await get("/text", "identity")).headers["content-encoding"]).toBeUndefined();
			expect((await get("/picture", "gzip")).headers["content-encoding"]).toBeUndefined();
		});

		it("never holds an event stream back to compress it, whatever its client accepts", async () => {
			const { response, firstAfterMs, text } = await firstEvent(proxy.httpPort, {
				"accept-encoding": "gzip, zstd",
			});
			expect(response["content-encoding"]).toBeUndefined();
			expect(text).toContain("data: first");
			expect(firstAfterMs).toBeLessThan(1_500);
		});
	});
});

/** What the first part of an event stream is, and how long it took; the rest is not waited for. */
function firstEvent(
	port: number,
	headers: Record<string, string>,
): Promise<{ response: IncomingHttpHeaders; firstAfterMs: number; text: string }> {
	return new Promise((resolve, reject) => {
		const started = performance.now();
		const sent = request({ host: "127.0.0.1", port, path: "/events", headers, agent: false }, (response) => {
			response.once("data", (chunk: Buffer) => {
				const firstAfterMs = performance.now() - started;
				resolve({ response: response.headers, firstAfterMs, text: chunk.toString("utf8") });
				sent.destroy();
			});
		});
		sent.on("error", reject);
		sent.end();
	});
}
