import { describe, expect, it } from "vitest";
import { LineReader } from "../../../../components/runtime/watch/line";
import { lineOf, UPSTREAMS } from "./support/requests";

const reader = new LineReader(UPSTREAMS);

describe("a line of the access log", () => {
	it("tells what was asked, who answered, and how", () => {
		expect(reader.read(lineOf({ path: "/api/products", status: 404 }))).toEqual({
			atMs: 1_795_262_400_123,
			color: "green",
			method: "GET",
			path: "/api/products",
			status: 404,
			durationMs: 4,
			upstream: "shop-green-web-1:3000",
			kind: "answered",
		});
	});

	it("belongs to the color that answered, wherever it was sent", () => {
		const line = lineOf({ color: "green", upstream: "shop-blue-web-2:3000" });
		expect(reader.read(line)?.color).toBe("blue");
	});

	it("says which color could not take it", () => {
		const line = lineOf({ color: "blue", lost: "green", upstream: "shop-blue-web-1:3000" });
		expect(reader.read(line)).toMatchObject({ color: "blue", lost: "green", kind: "answered" });
	});

	it("belongs to the color that it was sent to where none answered", () => {
		expect(reader.read(lineOf({ status: 503, upstream: "" }))).toMatchObject({
			color: "green",
			kind: "answered",
			status: 503,
		});
		expect(reader.read(lineOf({ upstream: "elsewhere:80" }))?.color).toBe("green");
	});

	it.each([
		["a WebSocket", { status: 101, upstream: "shop-green-web-1.:3000" }, "stream"],
		["an event stream", { upstream: "shop-green-web-1.:3000" }, "stream"],
		["a stream that was refused", { status: 503, upstream: "shop-green-web-1.:3000" }, "answered"],
		["a visitor who went away", { status: 499 }, "aborted"],
		["an answer cut short", { upstream: undefined, duration: 0 }, "cut"],
	])("%s", (_, fields, kind) => {
		expect(reader.read(lineOf(fields))?.kind).toBe(kind);
	});

	it.each([
		["no JSON", "{"],
		["no object", "3"],
		["one of no color", lineOf({ color: undefined })],
		["one of another color", lineOf({ color: "red" })],
		["one without a status", lineOf({ status: "200" })],
	])("is not counted: %s", (_, line) => {
		expect(reader.read(line)).toBeUndefined();
	});
});
