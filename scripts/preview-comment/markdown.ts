import { stripVTControlCharacters } from "node:util";
import type { Code, Html, InlineCode, PhrasingContent, RootContent, TableCell } from "mdast";
import { gfmTableToMarkdown } from "mdast-util-gfm-table";
import { toMarkdown } from "mdast-util-to-markdown";

/**
 * Markdown is made as a tree, and written by the library that knows what has to be escaped where (a pipe in a table, more
 * backticks than the text has around it). What is from elsewhere (names, versions, messages, files) stands in code only, so that
 * it can neither be Markdown nor HTML, nor name a person or another pull request.
 */

/** Several ones; between each two of them an empty line. */
export function write(nodes: readonly RootContent[]): string {
	return toMarkdown(
		{ type: "root", children: [...nodes] },
		{ extensions: [gfmTableToMarkdown()], setext: true, bullet: "-", fences: true },
	);
}

/** Our own words. */
export function words(value: string): PhrasingContent {
	return { type: "text", value };
}

/** Text from elsewhere, in one line; at most `limit` characters. */
export function code(value: string, limit = 200): InlineCode {
	const flat = plain(value).replaceAll(/\s+/g, " ").trim();
	return { type: "inlineCode", value: flat.length > limit ? `${flat.slice(0, limit)}…` : flat };
}

/** Lines from elsewhere. */
export function block(lines: readonly string[], lang: string | null = null): Code {
	return { type: "code", lang, value: plain(lines.join("\n")) };
}

/** A part that is folded until somebody clicks on its summary, which is our own words. */
export function folded(summary: string, content: readonly RootContent[]): RootContent[] {
	return [html(`<details><summary>${summary}</summary>`), ...content, html("</details>")];
}

/** Our own HTML; GitHub does not show a comment. */
export function html(value: string): Html {
	return { type: "html", value };
}

export function paragraph(...children: PhrasingContent[]): RootContent {
	return { type: "paragraph", children };
}

export function list(items: readonly PhrasingContent[][]): RootContent {
	return {
		type: "list",
		spread: false,
		children: items.map((children) => ({
			type: "listItem",
			spread: false,
			children: [{ type: "paragraph", children }],
		})),
	};
}

/** The first row is the head; numbers stand on the right, all but the first column. */
export function table(rows: readonly (readonly string[])[]): RootContent {
	return {
		type: "table",
		align: rows[0]?.map((_, index) => (index === 0 ? null : "right")) ?? [],
		children: rows.map((row) => ({
			type: "tableRow",
			children: row.map((value): TableCell => ({ type: "tableCell", children: [words(value)] })),
		})),
	};
}

/** Without colors, and without what cannot be seen: such characters can turn around what stands after them. */
function plain(text: string): string {
	return stripVTControlCharacters(text).replaceAll(/[^\P{C}\n\t]/gu, "");
}
