import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askPrometheus, prometheusCheck } from "../../../../components/runtime/watch/prometheus";

/** Speaks the part of Prometheus' HTTP API that is asked: https://prometheus.io/docs/prometheus/latest/querying/api/ */
let server: Server;
let url: string;
let asked: string[] = [];
let answer: { status: number; body: string };

beforeAll(async () => {
	server = createServer((request, response) => {
		const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
		asked.push(`${request.method} ${pathname} ${searchParams.get("query")}`);
		response.writeHead(answer.status, { "Content-Type": "application/json" }).end(answer.body);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
	asked = [];
});

function says(data: unknown, status = 200): void {
	answer = { status, body: JSON.stringify({ status: "success", data }) };
}

const vector = (...values: string[]) => ({
	resultType: "vector",
	result: values.map((value) => ({ metric: {}, value: [1_795_262_400.1, value] })),
});
const query = 'rate(errors{color="$COLOR",version="$VERSION"}[1m]) > $OTHER';
const env = { COLOR: "green", VERSION: "2.0.0" };

describe("a query", () => {
	it("is asked for the color on trial", async () => {
		says({ resultType: "scalar", result: [1_795_262_400.1, "0.25"] });
		expect(await askPrometheus({ url: `${url}/`, query, max: 1 }, env)).toEqual({ value: 0.25 });
		expect(asked).toEqual(['GET /api/v1/query rate(errors{color="green",version="2.0.0"}[1m]) > $OTHER']);
	});

	it.each([
		["the largest of several series", vector("1", "7.5", "NaN"), { value: 7.5 }],
		["infinity", vector("+Inf"), { value: Number.POSITIVE_INFINITY }],
		["no series", vector(), { nothing: true }],
		["no number", vector("NaN"), { nothing: true }],
	])("%s", async (_, data, wanted) => {
		says(data);
		expect(await askPrometheus({ url, query, max: 1 }, env)).toEqual(wanted);
	});

	it("says why it was not understood", async () => {
		answer = {
			status: 400,
			body: JSON.stringify({ status: "error", errorType: "bad_data", error: "parse error: unexpected end" }),
		};
		expect(await askPrometheus({ url, query, max: 1 }, env)).toEqual({
			unknown: "it answered 400: parse error: unexpected end",
		});
	});

	it.each([
		["a matrix", 200, JSON.stringify({ status: "success", data: { resultType: "matrix", result: [] } })],
		["something else", 200, "<html>hello</html>"],
		["nothing useful", 502, "bad gateway"],
	])("%s is no answer", async (_, status, body) => {
		answer = { status, body };
		expect(await askPrometheus({ url, query, max: 1 }, env)).toEqual({
			unknown: `it answered ${status}: ${body}`,
		});
	});

	it("says why nobody was reached", async () => {
		const refused = await askPrometheus({ url: "http://127.0.0.1:65000", query, max: 1 }, env);
		expect(refused).toEqual({ unknown: expect.stringContaining("ECONNREFUSED") });
	});
});

describe("a limit on a query", () => {
	it.each([
		["1", "well"],
		["1.01", "breach"],
	])("of at most 1: %s is a %s", async (value, state) => {
		says(vector(value));
		expect((await prometheusCheck({ url, query, max: 1 }, env).run()).state).toBe(state);
	});

	it("is not broken where there is nothing to be measured", async () => {
		says(vector());
		expect(await prometheusCheck({ url, query, max: 1 }, env).run()).toEqual({ state: "well" });
	});

	it("names query, value and limit", async () => {
		says(vector("3"));
		expect(await prometheusCheck({ url, query: "up", max: 1 }, env).run()).toEqual({
			state: "breach",
			text: `the query up at ${url} says 3; max is 1`,
		});
	});
});
