import fc from "fast-check";
import { expect, test } from "vitest";
import { planRelease } from "../../../components/plan/plan";
import { defined } from "../../../components/plan/released";
import { NOTHING_DEPLOYED } from "../../../components/plan/types";
import { renderCaddyfile, type Site } from "../../../components/proxy/caddyfile";
import { type RouteTables, routesOf } from "../../../components/proxy/color-routes";
import type { Preview } from "../../../components/proxy/preview";
import { siteOf } from "../../../components/proxy/site";
import { streamAddress } from "../../../components/proxy/upstream";
import {
	COLORS,
	type ProxySettings,
	proxy as proxySchema,
	service as serviceSchema,
} from "../../../components/settings/schema";
import { PREFIX, settings } from "../plan/arbitraries";

const host = fc.domain().map((name) => name.toLowerCase());
/** Everything that the settings of the front door allow. */
const common = {
	redirect: fc.boolean(),
	hsts: fc.constantFrom(undefined, { seconds: 60, includeSubDomains: true }),
};
const tls = fc.oneof(
	fc.constant({ mode: "off" }),
	fc.record({ mode: fc.constant("internal"), ...common }),
	fc.record({
		mode: fc.constant("acme"),
		email: fc.constant("admin@example.com"),
		directoryRoot: fc.constantFrom(undefined, "/etc/ssl/ca.pem"),
		...common,
	}),
	fc.record({
		...{ mode: fc.constant("files"), folder: fc.constant("/certs") },
		...{ certificate: fc.constant("live/c.pem"), key: fc.constant("live/k.pem") },
		...common,
	}),
);
const preview = fc.record(
	{
		enabled: fc.boolean(),
		header: fc.stringMatching(/^X-[A-Za-z0-9]{1,8}$/),
		cookie: fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/),
		port: fc.integer({ min: 1, max: 65_535 }),
		host,
	},
	{ requiredKeys: ["enabled"] },
);
const site: fc.Arbitrary<Site> = fc
	.record({
		httpPort: fc.integer({ min: 1, max: 65_535 }),
		hosts: fc.array(host, { maxLength: 3 }),
		colorHeader: fc.oneof(fc.constant(false as const), fc.stringMatching(/^X-[A-Za-z]{1,8}$/)),
		holdFor: fc.nat(600_000).map((ms) => `${ms}ms`),
		tls,
		trustedProxies: fc.constantFrom([], ["10.0.0.0/8", "2001:db8::/32"]),
		securityHeaders: fc.boolean(),
		compress: fc.boolean(),
		maxRequestBody: fc.constantFrom(undefined, "10MB"),
		preview,
	})
	.map((settings) => proxySchema.safeParse(settings))
	.filter(({ success }) => success)
	.map(({ data }) => data as ProxySettings)
	.map((settings) =>
		siteOf(settings, settings.preview.enabled ? (defined(settings.preview) as Preview) : undefined),
	);

const tables: fc.Arbitrary<RouteTables> = settings.map((of) => {
	const { routing } = planRelease(of, NOTHING_DEPLOYED, PREFIX);
	return { blue: routesOf(routing.blue), green: routesOf(routing.green) };
});

/** The lines of the color's snippet. */
function blockOf(color: string, text: string): string[] {
	const lines = text.split("\n");
	const start = lines.indexOf(`(${color}) {`);
	return lines.slice(start + 1, lines.indexOf("}", start));
}

test("every upstream stands in the block of its own color, once for requests and once for streams, and nowhere else", () => {
	fc.assert(
		fc.property(site, tables, (of, routes) => {
			const text = renderCaddyfile(of, routes);
			const words = text.split(/\s+/);
			for (const color of COLORS) {
				const own = blockOf(color, text).join("\n").split(/\s+/);
				const all = routes[color].flatMap(({ upstreams }) => upstreams);
				for (const upstream of [...all, ...all.map(streamAddress)]) {
					expect(own.filter((word) => word === upstream)).toHaveLength(1);
					expect(words.filter((word) => word === upstream)).toHaveLength(1);
				}
			}
		}),
	);
});

test("the admin line always stands, and on loopback", () => {
	fc.assert(
		fc.property(site, tables, (of, routes) => {
			const admin = renderCaddyfile(of, routes)
				.split("\n")
				.filter((line) => line.trim().startsWith("admin "));
			expect(admin).toEqual(["\tadmin 127.0.0.1:2019"]);
		}),
	);
});

test("a longer prefix is asked before each one that it begins with", () => {
	fc.assert(
		fc.property(site, tables, (of, routes) => {
			for (const color of COLORS) {
				const block = blockOf(color, renderCaddyfile(of, routes));
				const prefixes = block.flatMap((line) => /^\t@\S+ path (\S+) /.exec(line)?.[1] ?? []);
				const longer = prefixes.map((prefix) => prefix.length);
				expect(longer).toEqual([...longer].sort((a, b) => b - a));
				expect(prefixes.filter((prefix) => prefix !== "/").length).toBe(
					routes[color].filter(({ prefix }) => prefix !== "/").length,
				);
			}
		}),
	);
});

test("braces pair up, and lines are indented as deep as they are nested", () => {
	fc.assert(
		fc.property(site, tables, (of, routes) => {
			let depth = 0;
			for (const line of renderCaddyfile(of, routes).split("\n").slice(1, -1)) {
				if (line.trim() === "}") depth--;
				if (line !== "") expect(/^\t*/.exec(line)?.[0].length).toBe(depth);
				if (line.endsWith("{")) depth++;
			}
			expect(depth).toBe(0);
		}),
	);
});

/** Text that would be something else than a word to Caddy: blanks, quotes, braces, comments, new lines. */
const hostile = fc
	.array(fc.oneof(fc.constantFrom(..." \t\n\r{}\"'`#\\,*@/:.-_~%"), fc.stringMatching(/^[a-z0-9]$/)), {
		minLength: 1,
		maxLength: 12,
	})
	.map((parts) => parts.join(""));
const A_WORD = /^[^\s{}"'`#\\,@%]+$/;

test("no route, host or header that the settings allow is more than one word to Caddy", () => {
	let accepted = 0;
	fc.assert(
		fc.property(hostile, (text) => {
			const route = serviceSchema.safeParse({ route: `/${text}` });
			const hosts = proxySchema.safeParse({ hosts: [text] });
			const header = proxySchema.safeParse({ colorHeader: text });
			const routes = serviceSchema.safeParse({ routes: [{ host: text, path: `/${text}` }] });
			const folder = proxySchema.safeParse({
				tls: { mode: "files", folder: `/${text}`, certificate: text, key: text },
			});
			const directory = proxySchema.safeParse({
				tls: { mode: "acme", email: "admin@example.com", directory: `https://${text}` },
			});
			const previews = ["header", "cookie", "host"].map((name) =>
				proxySchema.safeParse({ preview: { [name]: text } }),
			);
			for (const { success } of [route, hosts, header, routes, folder, directory, ...previews]) {
				if (!success) continue;
				accepted++;
				expect(text).toMatch(A_WORD);
			}
		}),
		{ numRuns: 3_000 },
	);
	expect(accepted).toBeGreaterThan(50);
});
