import { describe, expect, test } from "vitest";
import { renderCaddyfile, type Site } from "../../../components/proxy/caddyfile";
import { siteOf } from "../../../components/proxy/site";
import { proxy as proxySchema } from "../../../components/settings/schema";

const TABLES = {
	blue: [{ prefix: "/", upstreams: ["shop-blue-web-1:3000"] }],
	green: [{ prefix: "/", upstreams: ["shop-green-web-1:3000"] }],
};
const HOSTS = ["shop.example.com", "www.shop.example.com"];

const site = (tls: object, rest: object = { hosts: HOSTS }): Site =>
	siteOf(proxySchema.parse({ ...rest, tls }));
const render = (tls: object, rest?: object) => renderCaddyfile(site(tls, rest), TABLES);

/** From the snippet "public" on, without what waits for a hold. */
function sites(text: string): string {
	const from = text.indexOf("\n(public) {");
	return text.slice(from + 1, text.indexOf("\nhttp:// {\n\tbind"));
}

test("off is plain HTTP on one port, as it was before there was TLS", () => {
	const text = render({ mode: "off" }, {});
	expect(text).toContain("\n\tauto_https off\n");
	expect(text).not.toContain("https://");
	expect(text).toContain("\nhttp://:8080 {\n\timport public\n}\n");
});

test("internal: Caddy makes a certificate for each host; HTTP is sent to HTTPS, all but two paths", () => {
	const text = render({ mode: "internal" });
	expect(text).toContain(`
	auto_https disable_redirects
	http_port 8080
	https_port 8443
	default_sni shop.example.com
	skip_install_trust
`);
	expect(sites(text)).toMatchInlineSnapshot(`
		"(public) {
			request_header -X-Forwarded-*
			request_header -Forwarded
			request_header X-Real-IP {client_ip}
			import traffic
		}

		https://shop.example.com:8443, https://www.shop.example.com:8443 {
			tls internal
			import public
		}

		http://shop.example.com:8080, http://www.shop.example.com:8080 {
			@plain not path /health /.well-known/acme-challenge/*
			redir @plain https://{host}:8443{uri} 308
			import public
		}
		"
	`);
});

describe("without hosts", () => {
	test("internal is for the address and localhost, and any other name is served under those", () => {
		const text = render({ mode: "internal" }, {});
		expect(text).toContain("\nhttps://127.0.0.1:8443, https://localhost:8443, https://:8443 {\n");
		expect(text).toContain("\tdefault_sni 127.0.0.1\n");
		expect(text).not.toContain("421");
	});

	test("an IPv6 address has brackets", () => {
		const text = render({ mode: "internal" }, { bindAddress: "::1" });
		expect(text).toContain("https://[::1]:8443, https://localhost:8443");
		expect(text).toContain("\tdefault_sni ::1\n");
	});

	test("files show what they hold to everybody", () => {
		const text = render({ mode: "files", folder: "/certs", certificate: "c.pem", key: "k.pem" }, {});
		expect(text).toContain("\nhttps://:8443 {\n");
		expect(text).not.toContain("default_sni");
	});
});

describe("acme", () => {
	const acme = { mode: "acme", email: "admin@example.com" };
	const directory = (tls: object) => /dir (\S+)/.exec(render({ ...acme, ...tls }))?.[1];

	test("is staging until it is told otherwise", () => {
		expect(directory({})).toBe("https://acme-staging-v02.api.letsencrypt.org/directory");
		expect(directory({ staging: false })).toBe("https://acme-v02.api.letsencrypt.org/directory");
		expect(directory({ directory: "https://ca.example.com/dir" })).toBe("https://ca.example.com/dir");
	});

	test("names one issuer, the address to write to, and the root of a private directory", () => {
		const tls = { ...acme, directory: "https://ca.example.com/dir", directoryRoot: "/etc/ssl/ca.pem" };
		expect(render(tls)).toContain(`
	tls {
		issuer acme {
			dir https://ca.example.com/dir
			email admin@example.com
			trusted_roots /directory-root.pem
		}
	}
`);
	});
});

describe("files", () => {
	const files = {
		mode: "files",
		folder: "/etc/letsencrypt",
		certificate: "live/shop/fullchain.pem",
		key: "live/shop/privkey.pem",
	};

	test("are read by Caddy itself, at every handshake, and once more where they did not fit", () => {
		const text = render(files);
		expect(text).toContain("\tauto_https off\n");
		expect(sites(text)).toMatchInlineSnapshot(`
			"(public) {
				request_header -X-Forwarded-*
				request_header -Forwarded
				request_header X-Real-IP {client_ip}
				import traffic
			}

			https://shop.example.com:8443, https://www.shop.example.com:8443 {
				tls {
					get_certificate http http://127.0.0.1:2018/now
					get_certificate http http://127.0.0.1:2018/soon
				}
				import public
			}

			http://shop.example.com:8080, http://www.shop.example.com:8080 {
				@plain not path /health /.well-known/acme-challenge/*
				redir @plain https://{host}:8443{uri} 308
				import public
			}

			http://127.0.0.1:2018 {
				bind 127.0.0.1
				handle /now {
					respond <<PEM
					{file./certificates/live/shop/fullchain.pem}
					{file./certificates/live/shop/privkey.pem}
					PEM 200
				}
				handle /soon {
					reverse_proxy unix/@no-certificate {
						lb_try_duration 1s
					}
				}
				handle_errors {
					respond <<PEM
					{file./certificates/live/shop/fullchain.pem}
					{file./certificates/live/shop/privkey.pem}
					PEM 200
				}
			}
			"
		`);
	});

	test("are shown to clients that name no host, too", () => {
		const nameless = render(files).split("\nhttps://:8443 {\n")[1] ?? "";
		expect(nameless.slice(0, nameless.indexOf("421"))).toContain(
			"get_certificate http http://127.0.0.1:2018/now",
		);
		expect(render({ mode: "internal" })).toContain('\nhttps://:8443 {\n\trespond "no such host" 421\n}\n');
	});

	test("appear as placeholders only", () => {
		expect(render(files)).not.toContain("/etc/letsencrypt");
		expect(render(files).match(/\{file\.\/certificates\/live\/shop\/privkey\.pem\}/g)).toHaveLength(2);
	});
});

describe("by choice", () => {
	test("HTTP is served beside HTTPS", () => {
		const text = render({ mode: "internal", redirect: false });
		expect(text).not.toContain("redir ");
		expect(text).toContain(
			"\nhttp://shop.example.com:8080, http://www.shop.example.com:8080 {\n\timport public\n}\n",
		);
	});

	test("a redirect to the usual port does not name it", () => {
		const text = render({ mode: "internal" }, { hosts: HOSTS, httpPort: 80, httpsPort: 443 });
		expect(text).toContain("redir @plain https://{host}{uri} 308\n");
	});

	test("browsers are told to keep to HTTPS, over HTTPS only", () => {
		const text = render({ mode: "internal", hsts: { seconds: 86_400, includeSubDomains: true } });
		const line = '\theader Strict-Transport-Security "max-age=86400; includeSubDomains"\n';
		expect(text.split(line)).toHaveLength(2);
		expect(text.indexOf(line)).toBeLessThan(text.indexOf("\nhttp://shop"));
		expect(render({ mode: "internal", hsts: { seconds: 60 } })).toContain('"max-age=60"\n');
	});
});
