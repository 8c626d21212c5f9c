import { describe, expect, test } from "vitest";
import { tableOf, variables } from "../../../components/runtime/backup/postgres";
import { field } from "../../../components/runtime/backup/redis";

describe("the table of a line of COPY", () => {
	test.each([
		["COPY public.orders (id, quantity) FROM stdin;", "public.orders"],
		['COPY "Stock room"."Shelf (old)" (id, "What is on it") FROM stdin;', '"Stock room"."Shelf (old)"'],
		['COPY public."say ""hi""" (a) FROM stdin;', 'public."say ""hi"""'],
		["COPY public.no_columns  FROM stdin;", "public.no_columns"],
	])("%s", (line, table) => {
		expect(tableOf(line)).toBe(table);
	});

	test("is not made up", () => {
		expect(tableOf("COPY something else")).toBeUndefined();
	});
});

test("variables of a container keep what is behind the first equals sign", () => {
	expect(variables(["A=b=c", "D="])).toEqual({ A: "b=c", D: "" });
});

test("a field of Redis's INFO is read without its line end, and by its whole name", () => {
	expect(field("used_memory_rss:7\r\nused_memory:967168\r\n", "used_memory")).toBe("967168");
	expect(field("", "used_memory")).toBe("");
});
