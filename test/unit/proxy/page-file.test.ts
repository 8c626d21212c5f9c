import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LONGEST_PAGE_BYTES, pageProblems, readPage } from "../../../components/proxy/page-file";
import { renderProblems } from "../../../components/settings/problems";

let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), "blue-green-page-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(content: string | Buffer): string {
	const path = join(folder, "page.html");
	writeFileSync(path, content);
	return path;
}

describe("a page of the user's own", () => {
	test("is read as it is", () => {
		const page = file("<h1>Zurück um {zwölf}</h1>\n");
		expect(pageProblems({ page })).toEqual([]);
		expect(readPage(page)).toBe("<h1>Zurück um {zwölf}</h1>\n");
	});

	test("that is not there is a problem with its way out", () => {
		expect(renderProblems(pageProblems({ page: "no/such.html" }), "prod")).toMatchInlineSnapshot(`
			"1 problem in the settings of stack prod; nothing was touched.
			  proxy.page: there is no file "no/such.html". Allowed: the path of an HTML file in UTF-8 of at most 256 KiB, from the folder of Pulumi.yaml.
			      pulumi config rm --path proxy.page"
		`);
	});

	test.for([
		["too long", "x".repeat(LONGEST_PAGE_BYTES + 1), /has 257 KiB/],
		["empty", "", /is empty/],
		["no text", Buffer.from([0xff, 0xfe, 0x00]), /is not in UTF-8/],
	] as const)("that is %s is a problem", ([, content, reason]) => {
		const problems = pageProblems({ page: file(content) });
		expect(problems).toHaveLength(1);
		expect(problems[0]?.reason).toMatch(reason);
	});

	test("that is a folder is a problem", () => {
		expect(pageProblems({ page: folder })[0]?.reason).toContain("cannot be read (EISDIR)");
	});

	test("need not be", () => {
		expect(pageProblems({})).toEqual([]);
	});
});
