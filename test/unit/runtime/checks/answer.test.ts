import { describe, expect, test } from "vitest";
import { faultOf } from "../../../../components/runtime/checks/answer";
import type { HttpResponse } from "../../../../components/runtime/http";

const answer = (body: string, headers = {}, status = 200): HttpResponse => ({ status, headers, body });
const fault = (expected: object, response: HttpResponse, durationMs = 10) =>
	faultOf({ headers: {}, ...expected }, response, durationMs);

describe("a status", () => {
	test.each([200, 204, 299])("of %i is good where none is said", (status) => {
		expect(fault({}, answer("", {}, status))).toBeUndefined();
	});
	test.each([199, 302, 404, 500])("of %i is not", (status) => {
		expect(fault({}, answer("", {}, status))).toBe("(wanted 2xx)");
	});
	test("is the one that is said, and no other", () => {
		expect(fault({ status: 302 }, answer("", {}, 302))).toBeUndefined();
		expect(fault({ status: 302 }, answer("", {}, 200))).toBe("(wanted 302)");
	});
});

test("headers have the values that are said, whatever their case", () => {
	const response = answer("", { "content-type": "text/html", "set-cookie": ["a=1", "b=2"] });
	expect(fault({ headers: { "Content-Type": "text/html" } }, response)).toBeUndefined();
	expect(fault({ headers: { "Set-Cookie": "a=1, b=2" } }, response)).toBeUndefined();
	expect(fault({ headers: { "Content-Type": "text/plain" } }, response)).toBe(
		"with Content-Type: text/html (wanted Content-Type: text/plain)",
	);
	expect(fault({ headers: { ETag: "x" } }, response)).toBe("with no header ETag (wanted ETag: x)");
});

test("the body contains the text", () => {
	expect(fault({ body: "cup" }, answer("a cup of tea"))).toBeUndefined();
	expect(fault({ body: "mug" }, answer("a cup of tea"))).toBe('without "mug" in its body');
});

describe("a value in a JSON body", () => {
	const document = JSON.stringify({ items: [{ id: 7, name: "cup", old: null }, { id: 8 }], ok: true });
	const json = (path: string, equals: unknown, body = document) =>
		fault({ json: { path, equals } }, answer(body));

	test.each([
		["$.items[0].name", "cup"],
		["$.items[-1].id", 8],
		["$['ok']", true],
		["$.items[0].old", null],
		["$.items[?@.id == 7].name", "cup"],
	])("%s is %j", (path, equals) => {
		expect(json(path, equals)).toBeUndefined();
	});

	test("of another type is another value", () => {
		expect(json("$.items[0].id", "7")).toBe('with $.items[0].id 7 (wanted $.items[0].id to be "7")');
	});
	test("has to be there", () => {
		expect(json("$.price", 1)).toBe("with nothing at $.price (wanted $.price to be 1)");
	});
	test("is each one that the path finds", () => {
		expect(json("$.items[*].id", 7)).toBe("with $.items[*].id 8 (wanted $.items[*].id to be 7)");
	});
	test("is not in a body that is no JSON", () => {
		expect(json("$.ok", true, "<html>")).toBe("with a body that is no JSON (wanted $.ok to be true)");
	});
});

test("the answer comes in time", () => {
	expect(fault({ withinMs: 100 }, answer(""), 99)).toBeUndefined();
	expect(fault({ withinMs: 100 }, answer(""), 101)).toBe("(wanted within 100 ms)");
});
