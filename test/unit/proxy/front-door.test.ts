import { describe, expect, test } from "vitest";
import { renderCaddyfile, type Site } from "../../../components/proxy/caddyfile";
import { type FrontDoor, frontBlock } from "../../../components/proxy/front-door";

const SITE: Site = { httpPort: 8080, hosts: [], colorHeader: "X-Color", holdForMs: 30_000 };
const NONE = { blue: [], green: [] };
const render = (frontDoor: FrontDoor) => renderCaddyfile({ ...SITE, frontDoor }, NONE);

test("without any setting, what a client claims of its address is dropped, and nothing else happens", () => {
	expect(frontBlock({})).toEqual([
		"request_header -X-Forwarded-*",
		"request_header -Forwarded",
		"request_header X-Real-IP {client_ip}",
	]);
	expect(frontBlock({ trustedProxies: [], securityHeaders: false, compress: false })).toEqual(frontBlock({}));
});

test("what waited for a hold has been through it before", () => {
	const text = render({ securityHeaders: true, compress: true, maxRequestBody: "10MB" });
	expect(text.match(/import public/g)).toHaveLength(1);
	expect(text).toContain("\tbind unix/@after-the-hold\n\timport traffic\n");
});

describe("trusted proxies", () => {
	const text = render({ trustedProxies: ["10.0.0.0/8", "192.0.2.7"] });

	test("are believed, from the right: what stands before the first stranger is anybody's word", () => {
		expect(text).toContain(`
	servers {
		trusted_proxies static 10.0.0.0/8 192.0.2.7
		trusted_proxies_strict
	}
}
`);
	});

	test("are so on the public side only: Caddy's own socket has options of its own, and they stand first", () => {
		expect(text.indexOf("servers unix/@after-the-hold {")).toBeLessThan(text.indexOf("servers {\n"));
	});

	test("anybody else's word is dropped", () => {
		expect(text).toContain(
			"\t@stranger not remote_ip 10.0.0.0/8 192.0.2.7\n\trequest_header @stranger -X-Forwarded-*\n",
		);
		expect(text).toContain("\trequest_header @trusted X-Forwarded-For {client_ip}\n");
	});
});

test("headers that the application sets are its own", () => {
	const lines = frontBlock({ securityHeaders: true });
	expect(lines).toContain("\t?X-Content-Type-Options nosniff");
	for (const line of lines.slice(lines.indexOf("header {") + 1, -1)) expect(line).toMatch(/^\t\?[A-Z]/);
});

test("compression is for kinds of text, and never for event streams", () => {
	const lines = frontBlock({ compress: true });
	expect(lines).toContain("encode zstd gzip {");
	expect(lines.join("\n")).toContain("header Content-Type application/json*");
	expect(lines.join("\n")).not.toMatch(/text\/\*|event-stream/);
});

test("a body has a limit", () => {
	expect(frontBlock({ maxRequestBody: "10MB" }).join("\n")).toContain("request_body {\n\tmax_size 10MB\n}");
});
