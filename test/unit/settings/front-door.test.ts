import { describe, expect, test } from "vitest";
import { problemsText, SMALL } from "./configuration";

const withProxy = (proxy: object) => problemsText({ ...SMALL, proxy });
const withServices = (services: object, proxy: object = {}) => problemsText({ ...SMALL, services, proxy });

describe("proxy.tls", () => {
	test("of an unknown mode", async () => {
		expect(await withProxy({ tls: { mode: "auto" } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  proxy.tls.mode: "auto" is not allowed. Allowed: off, internal, acme, files.
			      pulumi config set --path proxy.tls.mode off"
		`);
	});

	test("acme without what an authority wants to know", async () => {
		expect(await withProxy({ tls: { mode: "acme" } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  proxy.tls.email: missing. Allowed: text.
			      pulumi config set --path proxy.tls.email admin@example.com"
		`);
		expect(await withProxy({ tls: { mode: "acme", email: "admin@example.com" } })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  proxy.hosts[0]: missing: certificates are for names. Allowed: the host names that visitors use.
			      pulumi config set --path 'proxy.hosts[0]' shop.example.com"
		`);
	});

	test("acme with a name that no challenge over HTTP is for, and with two authorities", async () => {
		const tls = { mode: "acme", email: "admin@example.com" };
		expect(await withProxy({ hosts: ["*.example.com"], tls })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  proxy.hosts[0]: *.example.com needs a challenge by DNS, which this does not do. Allowed: whole names, or proxy.tls.mode files.
			      pulumi config set --path 'proxy.hosts[0]' www.example.com
			      pulumi config rm --path 'proxy.hosts[0]'"
		`);
		expect(
			await withProxy({
				hosts: ["a.example.com"],
				tls: { ...tls, staging: true, directory: "https://ca.example.com" },
			}),
		).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  proxy.tls.staging: true is not allowed. Allowed: only one of staging and directory.
			      pulumi config set --path proxy.tls.staging '<value>'"
		`);
	});

	test("files outside their folder", async () => {
		const tls = { mode: "files", folder: "certs", certificate: "../c.pem", key: "k{ey}.pem" };
		expect(await withProxy({ tls })).toMatchInlineSnapshot(`
			"3 problems in the settings of stack prod; nothing was touched.
			  proxy.tls.folder: "certs" is not allowed. Allowed: an absolute path on the Docker host.
			      pulumi config set --path proxy.tls.folder /etc/letsencrypt
			  proxy.tls.certificate: "../c.pem" is not allowed. Allowed: a path below the folder, such as "live/shop/fullchain.pem".
			      pulumi config set --path proxy.tls.certificate live/shop.example.com/fullchain.pem
			  proxy.tls.key: "k{ey}.pem" is not allowed. Allowed: a path below the folder, such as "live/shop/fullchain.pem".
			      pulumi config set --path proxy.tls.key live/shop.example.com/privkey.pem"
		`);
	});

	test("on ports that are taken already", async () => {
		expect(
			await withProxy({ httpPort: 443, httpsPort: 443, tls: { mode: "internal" } }),
		).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  proxy.httpsPort: 443 is the port for plain HTTP too. Allowed: another one than proxy.httpPort.
			      pulumi config set --path proxy.httpsPort 8443"
		`);
		expect(await withProxy({ httpPort: 2019 })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  proxy.httpPort: 2019 is a port that Caddy needs for itself. Allowed: any but 2018 and 2019.
			      pulumi config set --path proxy.httpPort 2029"
		`);
	});
});

test("what the front door takes", async () => {
	expect(
		await withProxy({ maxRequestBody: "10 megabytes", trustedProxies: ["10.0.0.0/8", "the load balancer"] }),
	).toMatchInlineSnapshot(`
		"2 problems in the settings of stack prod; nothing was touched.
		  proxy.trustedProxies[1]: "the load balancer" is not allowed. Allowed: an address or a network in CIDR form.
		      pulumi config set --path 'proxy.trustedProxies[1]' '<value>'
		  proxy.maxRequestBody: "10 megabytes" is not allowed. Allowed: a size such as "500kB", "10MB" or "1GiB".
		      pulumi config set --path proxy.maxRequestBody 10MB"
	`);
});

describe("services.*.routes", () => {
	const images = { web: { port: 3000 }, api: { port: 3000 } };

	test("in both forms, and without a port", async () => {
		expect(
			await withServices({
				web: { port: 3000, route: "/", routes: [{ path: "/shop" }] },
				api: { routes: [{ path: "/api" }] },
			}),
		).toMatchInlineSnapshot(`
			"2 problems in the settings of stack prod; nothing was touched.
			  services.api.port: needs a port: "/api" is routed to api. Allowed: the port that api listens on.
			      pulumi config set --path services.api.port 3000
			  services.web.route: services.web.routes is there too. Allowed: one of the two.
			      pulumi config rm --path services.web.route"
		`);
	});

	test("twice the same, in any form and in capital letters too", async () => {
		expect(
			await withServices(
				{
					web: { ...images.web, route: "/api" },
					api: {
						...images.api,
						routes: [
							{ path: "/Api" },
							{ path: "/api", host: "a.example.com" },
							{ host: "A.example.com", path: "/api" },
						],
					},
				},
				{ hosts: ["a.example.com"] },
			),
		).toMatchInlineSnapshot(`
			"2 problems in the settings of stack prod; nothing was touched.
			  services.api.routes[0].path: "/Api" is already the route of service web. Allowed: a route that no other service has.
			      pulumi config set --path 'services.api.routes[0].path' /Api/api
			  services.api.routes[2].path: "/api" on A.example.com is already the route of service api. Allowed: a route that no other service has.
			      pulumi config set --path 'services.api.routes[2].path' /api/api"
		`);
	});

	test("on a host that is not served", async () => {
		const services = { web: { ...images.web, routes: [{ host: "b.example.com" }] } };
		expect(await withServices(services)).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.routes[0].host: b.example.com is not among proxy.hosts. Allowed: one of proxy.hosts, which is empty.
			      pulumi config set --path 'proxy.hosts[0]' b.example.com"
		`);
		expect(
			await withServices(services, { hosts: ["a.example.com", "*.b.example.com"] }),
		).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  services.web.routes[0].host: b.example.com is not among proxy.hosts. Allowed: a.example.com, *.b.example.com.
			      pulumi config set --path 'proxy.hosts[2]' b.example.com"
		`);
		await expect(withServices(services, { hosts: ["*.example.com"] })).rejects.toThrow(
			"no problem was found",
		);
	});
});
