import { describe, expect, test } from "vitest";
import { load, problemsText, SMALL } from "./configuration";

const ALL = {
	name: "the catalogue",
	path: "/api/products?limit=1",
	method: "POST",
	status: 201,
	headers: { "content-type": "application/json" },
	body: "cup",
	json: { path: "$.items[0].name", equals: "cup" },
	within: "300ms",
	times: 3,
	requestHeaders: { accept: "application/json" },
	requestBody: "{}",
};

describe("the preview", () => {
	test("is on by itself, and off by one setting", async () => {
		const { proxy } = await load(SMALL);
		expect(proxy.preview).toEqual({ enabled: true, header: "X-Preview", cookie: "preview" });
		const off = await load({ ...SMALL, proxy: { preview: { enabled: false } } });
		expect(off.proxy.preview).toMatchObject({ enabled: false });
	});

	test("has a header and a cookie of its own", async () => {
		const preview = { header: "Cookie", cookie: "a b", host: "*.example.com", port: 0 };
		expect(await problemsText({ ...SMALL, proxy: { preview } })).toMatchInlineSnapshot(`
			"4 problems in the settings of stack prod; nothing was touched.
			  proxy.preview.header: "Cookie" is not allowed. Allowed: a name for a header of its own.
			      pulumi config set --path proxy.preview.header X-Preview
			  proxy.preview.cookie: "a b" is not allowed. Allowed: a cookie name of letters, digits, dashes and underscores.
			      pulumi config set --path proxy.preview.cookie preview
			  proxy.preview.port: 0 is not allowed. Allowed: at least 1.
			      pulumi config set --path proxy.preview.port 1
			  proxy.preview.host: "*.example.com" is not allowed. Allowed: a host name.
			      pulumi config set --path proxy.preview.host preview.shop.example.com"
		`);
	});

	test("is not where visitors come in", async () => {
		const proxy = {
			httpPort: 8080,
			hosts: ["shop.example.com", "Look.example.com"],
			preview: { port: 8080, host: "look.example.com" },
		};
		expect(await problemsText({ ...SMALL, proxy })).toMatchInlineSnapshot(`
			"2 problems in the settings of stack prod; nothing was touched.
			  proxy.preview.port: 8080 is taken: it is proxy.httpPort, where visitors come in. Allowed: another port.
			      pulumi config set --path proxy.preview.port 8081
			  proxy.preview.host: look.example.com is among proxy.hosts, where visitors come in. Allowed: a name that is not.
			      pulumi config set --path proxy.preview.host preview.look.example.com"
		`);
		const admin = await problemsText({ ...SMALL, proxy: { preview: { port: 2019 } } });
		expect(admin).toContain("2019 is taken: Caddy's own admin API has it.");
	});

	test("that is off may say anything of what it would be", async () => {
		const preview = { enabled: false, port: 8080, host: "shop.example.com" };
		const proxy = { httpPort: 8080, hosts: ["shop.example.com"], preview };
		await expect(load({ ...SMALL, proxy })).resolves.toBeDefined();
	});
});

describe("checks", () => {
	test("the smallest, and all of them", async () => {
		const checks = [
			{ path: "/" },
			ALL,
			{ command: ["true"] },
			{ name: "self-test", command: ["node", "self-test.js"], in: "web", deadline: "10s" },
		];
		const { release } = await load({ ...SMALL, checks });
		expect(release.checks).toEqual(checks);
	});

	test("values that cannot be", async () => {
		const checks = [
			{ path: "products", method: "LOOK", times: 0, json: { path: "$", equals: [] } },
			{ comand: ["x"] },
		];
		expect(await problemsText({ ...SMALL, checks })).toMatchInlineSnapshot(`
			"5 problems in the settings of stack prod; nothing was touched.
			  checks[0].path: "products" is not allowed. Allowed: a path that begins with "/".
			      pulumi config set --path 'checks[0].path' /api/products
			  checks[0].method: "LOOK" is not allowed. Allowed: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS.
			      pulumi config set --path 'checks[0].method' GET
			  checks[0].json.equals: [] is not allowed. Allowed: a plain value.
			      pulumi config set --path 'checks[0].json.equals' '<value>'
			  checks[0].times: 0 is not allowed. Allowed: at least 1.
			      pulumi config set --path 'checks[0].times' 1
			  checks[1].comand: unknown setting. Did you mean command?
			      pulumi config rm --path 'checks[1].comand'"
		`);
	});

	test("what does not fit together, all at once", async () => {
		const checks = [
			{ name: "nothing" },
			{ path: "/", command: ["true"] },
			{ command: ["true"], status: 200, times: 2 },
			{ path: "/", in: "web", deadline: "5s" },
			{ command: ["true"], in: "api" },
			{ path: "/", requestBody: "{}" },
			{ path: "/", json: { path: "items[0]", equals: 1 } },
		];
		expect(await problemsText({ ...SMALL, checks })).toMatchInlineSnapshot(`
			"9 problems in the settings of stack prod; nothing was touched.
			  checks[0]: asks nothing. Allowed: a path to request, or a command to run.
			      pulumi config set --path 'checks[0].path' /
			  checks[1]: has a path and a command. Allowed: one of the two.
			      pulumi config rm --path 'checks[1].path'
			  checks[2].status: belongs to a request, which has a path. Allowed: not in this check.
			      pulumi config rm --path 'checks[2].status'
			  checks[2].times: belongs to a request, which has a path. Allowed: not in this check.
			      pulumi config rm --path 'checks[2].times'
			  checks[3].in: belongs to a command. Allowed: not in this check.
			      pulumi config rm --path 'checks[3].in'
			  checks[3].deadline: belongs to a command. Allowed: not in this check.
			      pulumi config rm --path 'checks[3].deadline'
			  checks[4].in: there is no service api. Allowed: web.
			      pulumi config set --path 'checks[4].in' web
			  checks[5].method: "GET" has no body to send. Allowed: another method, or no requestBody.
			      pulumi config set --path 'checks[5].method' POST
			  checks[6].json.path: "items[0]" is no JSONPath: Expected "$" but "i" found. Allowed: such as $.status or $.items[0].name.
			      pulumi config set --path 'checks[6].json.path' '$.status'"
		`);
	});

	test("need the preview", async () => {
		const proxy = { preview: { enabled: false } };
		expect(await problemsText({ ...SMALL, proxy, checks: [{ path: "/" }] })).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  checks: go through the preview before the switch, and proxy.preview.enabled is false. Allowed: with it only.
			      pulumi config set --path proxy.preview.enabled true
			      pulumi config rm checks"
		`);
	});
});
