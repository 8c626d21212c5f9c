import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { projectFolder } from "../../../scripts/lib/environment";
import { blocksIn, commandBlocks } from "../../e2e/support/command-blocks";

describe("the command blocks of the documentation", () => {
	const blocks = commandBlocks();

	it("are found", () => {
		expect(blocks.length).toBeGreaterThan(20);
		expect(blocks.filter(({ notRun }) => notRun === undefined).length).toBeGreaterThan(5);
	});

	test.for(blocks.filter(({ notRun }) => notRun !== undefined))(
		"$place says why it is not run, and by what test it is",
		({ notRun = "" }) => {
			expect(notRun.length).toBeGreaterThan(15);
			for (const [file] of notRun.matchAll(/test\/[\w/.-]+\.ts/g))
				expect(existsSync(path.join(projectFolder, file)), file).toBe(true);
		},
	);

	// What a reader has to put in cannot be run as it stands, so it needs the mark.
	test.for(blocks.filter(({ notRun }) => notRun === undefined))(
		"$place can be run as it stands",
		({ commands }) => {
			expect(commands.replaceAll(/(^|\s)#.*$/gm, "")).not.toMatch(/<[a-z]+>|…/);
		},
	);

	it("have a mark of their own: one above a paragraph is of no block", () => {
		const page = "<!-- not run: it needs a server -->\n\nText.\n\n```sh\nssh server\n```\n";
		expect(blocksIn(page, "page.md")).toEqual([{ place: "page.md:5", commands: "ssh server" }]);
		expect(blocksIn(page.replace("Text.\n\n", ""), "page.md")[0]?.notRun).toBe("it needs a server");
	});
});
