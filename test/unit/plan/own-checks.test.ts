import { expect, test } from "vitest";
import { planOwnChecks } from "../../../components/plan/own-checks";
import { checks as schema } from "../../../components/settings/checks";

const SERVICES = [{ name: "web", route: "/" }, { name: "api", route: "/api" }, { name: "worker" }];
const plan = (...checks: object[]) => planOwnChecks({ checks: schema.parse(checks) }, SERVICES);

test("a request has the defaults that the settings do not say, and the service that answers it", () => {
	expect(plan({ path: "/api/products?limit=1" })).toEqual([
		{
			service: "api",
			method: "GET",
			path: "/api/products?limit=1",
			requestHeaders: {},
			expect: { headers: {} },
			times: 1,
		},
	]);
});

test("durations are in ms, and nothing that was said is lost", () => {
	const said = {
		name: "an order",
		path: "/api",
		method: "POST",
		status: 201,
		headers: { location: "/api/orders/1" },
		body: "queued",
		json: { path: "$.status", equals: "queued" },
		within: "1.5s",
		times: 4,
		requestHeaders: { accept: "*/*" },
		requestBody: "{}",
	};
	const { within: _, status, headers, body, json, ...request } = said;
	const expected = { ...request, service: "api", expect: { status, headers, body, json, withinMs: 1_500 } };
	expect(plan(said)).toEqual([expected]);
});

test("a command runs on this machine, or in a service, for a minute unless told otherwise", () => {
	expect(
		plan({ command: ["npx", "playwright", "test"] }, { command: ["true"], in: "worker", deadline: "5s" }),
	).toEqual([
		{ command: ["npx", "playwright", "test"], deadlineMs: 60_000 },
		{ command: ["true"], service: "worker", deadlineMs: 5_000 },
	]);
});

test.each([
	["/apis", "web"],
	["/api", "api"],
	["/api/", "api"],
	["/api?x=/", "api"],
	["/", "web"],
])("%s is answered by %s", (path, service) => {
	expect(plan({ path })).toMatchObject([{ service }]);
});
