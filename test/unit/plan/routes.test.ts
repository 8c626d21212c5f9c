import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byPrecedence, concreteHost, covers, matches, publicRoutes } from "../../../components/plan/routes";
import type { PublicRoute } from "../../../components/plan/types";

test("a service has one route, several, or none", () => {
	expect(publicRoutes({ route: "/api" })).toEqual([{ path: "/api" }]);
	expect(publicRoutes({ routes: [{ path: "/" }, { host: "a.example.com", path: "/" }] })).toHaveLength(2);
	expect(publicRoutes({})).toEqual([]);
});

const host = fc.constantFrom(undefined, "a.example.com", "b.example.com", "*.example.com");
const prefix = fc.constantFrom("/", "/api", "/api/v2", "/shop", "/Api");
const route: fc.Arbitrary<PublicRoute> = fc
	.record({ host, path: prefix })
	.map(({ host, path }) => ({ path, ...(host !== undefined && { host }) }));
const asked = fc.record({
	host: fc.constantFrom("a.example.com", "b.example.com", "c.example.com", "elsewhere.org"),
	path: fc.constantFrom("/", "/api", "/api/v2/orders", "/apix", "/shop/1", "/API/v2"),
});

/** How well a route fits: one that names the host first, then "*", then any; then the longest prefix. */
const rank = ({ host, path }: PublicRoute) =>
	(host === undefined ? 0 : host.startsWith("*") ? 1_000 : 2_000) + path.length;

test("the first that matches, in order of precedence, is the one that fits best", () => {
	fc.assert(
		fc.property(fc.array(route, { maxLength: 8 }), asked, (routes, { host, path }) => {
			const fitting = routes.filter((one) => matches(one, host, path));
			const first = [...routes].sort(byPrecedence).find((one) => matches(one, host, path));
			expect(first === undefined).toBe(fitting.length === 0);
			if (first) expect(rank(first)).toBe(Math.max(...fitting.map(rank)));
		}),
		{ numRuns: 2_000 },
	);
});

test("the order does not depend on the order of the settings", () => {
	fc.assert(
		fc.property(fc.uniqueArray(route, { selector: (one) => JSON.stringify(one) }), (routes) => {
			expect([...routes].reverse().sort(byPrecedence)).toEqual([...routes].sort(byPrecedence));
		}),
	);
});

describe("a prefix", () => {
	test.for([
		["/", "/anything", true],
		["/api", "/api", true],
		["/api", "/api/", true],
		["/api", "/API/orders", true],
		["/api", "/apis", false],
		["/api/v2", "/api", false],
	] as const)("%s is for %s: %s", ([path, asked, fits]) => {
		expect(matches({ path }, "any.example.com", asked)).toBe(fits);
	});
});

describe("a host", () => {
	test.for([
		["shop.example.com", "Shop.Example.com", true],
		["*.example.com", "shop.example.com", true],
		["*.example.com", "a.shop.example.com", false],
		["*.example.com", "example.com", false],
		["*.example.com", "*.example.com", true],
		["shop.example.com", "example.com", false],
	] as const)("%s serves %s: %s", ([served, wanted, does]) => {
		expect(covers(served, wanted)).toBe(does);
	});

	test("that is a pattern is asked for by a name that it covers", () => {
		fc.assert(
			fc.property(fc.domain(), (domain) => {
				expect(covers(`*.${domain}`, concreteHost(`*.${domain}`))).toBe(true);
				expect(concreteHost(domain)).toBe(domain);
			}),
		);
	});
});
