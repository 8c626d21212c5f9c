import fc from "fast-check";
import type { Nodes } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { gfmTable } from "micromark-extension-gfm-table";
import { describe, expect, test } from "vitest";
import { parsePreview } from "../../../scripts/preview/preview";
import { LIMIT_BYTES, markerOf, renderComment } from "../../../scripts/preview-comment/comment";

/** What has a meaning in Markdown, in HTML, on GitHub or on a terminal. */
const nasty = fc.constantFrom(
	"|",
	"`",
	"```",
	"~~~",
	"<!--",
	"-->",
	"</details>",
	"<img src=x onerror=alert(1)>",
	"@everyone",
	"#1",
	"[a](http://evil.example)",
	"\n",
	"\n\n# heading",
	"\u001b[31m",
	"\u202e",
	"\u0000",
	"***",
	"\\",
	"漢字",
	"😀",
);
const text = fc
	.array(fc.oneof(nasty, fc.string({ unit: "grapheme", maxLength: 20 })), { maxLength: 8 })
	.map((parts) => parts.join(""));
const longText = fc.oneof(
	text,
	fc
		.tuple(text, fc.integer({ min: 1, max: 20_000 }))
		.map(([part, times]) => part.repeat(times).slice(0, 100_000)),
);

const state = fc.record({
	type: fc.constantFrom(
		"docker:index/container:Container",
		"docker:index/volume:Volume",
		"pulumi-nodejs:dynamic/blueGreen:Drain",
	),
	custom: fc.constant(true),
	protect: fc.boolean(),
	inputs: fc.record({
		labels: fc
			.record({
				color: fc.constantFrom("blue", "green"),
				role: fc.constantFrom("service", "database", "proxy"),
			})
			.map((all) => Object.entries(all).map(([label, value]) => ({ label: `blue-green.${label}`, value }))),
	}),
});

const step = fc
	.tuple(
		text,
		fc.constantFrom("create", "update", "replace", "delete", "same"),
		state,
		fc.array(text, { maxLength: 3 }),
		fc.nat(),
	)
	.map(([name, op, old, reasons, number]) => ({
		op,
		urn: `urn:pulumi:prod::shop::${old.type}::${name}-${number}`,
		...(op !== "create" && { oldState: old }),
		...(op !== "delete" && { newState: old }),
		diffReasons: reasons,
		replaceReasons: reasons,
	}));

const cutover = fc
	.record({ before: longText, after: longText, from: text, to: text })
	.map(({ before, after, from, to }) => {
		const type = "pulumi-nodejs:dynamic/blueGreen:Cutover";
		const releases = { blue: { version: from }, green: { version: to } };
		return {
			op: "update",
			urn: `urn:pulumi:prod::shop::${type}::shop-prod-cutover`,
			oldState: {
				type,
				custom: true,
				inputs: { caddyfile: before },
				outputs: { activeColor: "blue", activeVersion: from },
			},
			newState: { type, custom: true, inputs: { caddyfile: after, active: "green", releases } },
		};
	});

const diagnostic = fc.record({
	severity: fc.constantFrom("info", "info#err", "warning", "error"),
	message: longText,
});

const digest = fc
	.record({
		first: cutover,
		steps: fc.oneof(fc.array(step, { maxLength: 20 }), fc.array(step, { minLength: 300, maxLength: 800 })),
		diagnostics: fc.array(diagnostic, { maxLength: 60 }),
	})
	.map(({ first, steps, diagnostics }) => ({ steps: [first, ...steps], diagnostics }));

function parsed(comment: string): Nodes {
	return fromMarkdown(comment, { extensions: [gfmTable()], mdastExtensions: [gfmTableFromMarkdown()] });
}

function all(node: Nodes): Nodes[] {
	return [node, ...("children" in node ? node.children.flatMap(all) : [])];
}

const OURS = /^(<details><summary>[^<>]*<\/summary>|<\/details>|<!-- blue-green preview of shop%2Fprod -->)$/;

describe("whatever a preview says, however much", () => {
	test("the comment stays within the limit, begins with the traffic, and ends with its marker", () => {
		fc.assert(
			fc.property(digest, fc.boolean(), (one, failed) => {
				const comment = renderComment(parsePreview(JSON.stringify(one)), { stack: "shop/prod", failed });
				expect(Buffer.byteLength(comment)).toBeLessThanOrEqual(LIMIT_BYTES);
				expect(comment).toMatch(/^Traffic: /);
				expect(comment.endsWith(`\n\n${markerOf("shop/prod")}\n`)).toBe(true);
			}),
			{ numRuns: 30 },
		);
	});

	test("nothing of it is Markdown, HTML, a link or a mention", () => {
		fc.assert(
			fc.property(digest, fc.boolean(), (one, failed) => {
				const comment = renderComment(parsePreview(JSON.stringify(one)), { stack: "shop/prod", failed });
				const nodes = all(parsed(comment));
				const kinds = new Set(nodes.map(({ type }) => type));
				for (const kind of ["link", "image", "emphasis", "strong", "definition", "thematicBreak"])
					expect(kinds).not.toContain(kind);
				expect(nodes.filter(({ type }) => type === "heading")).toHaveLength(1);
				for (const node of nodes) {
					if (node.type === "html") expect(node.value).toMatch(OURS);
					if (node.type === "text") expect(node.value).not.toMatch(/@everyone|#1\b|漢字/);
				}
				const html = nodes
					.filter(({ type }) => type === "html")
					.map((node) => ("value" in node ? node.value : ""));
				expect(html.filter((value) => value === "</details>")).toHaveLength(
					html.filter((value) => value.startsWith("<details>")).length,
				);
			}),
			{ numRuns: 30 },
		);
	});
});

describe("what is cut", () => {
	const many = (count: number) =>
		Array.from({ length: count }, (_, index) => {
			const type = "docker:index/container:Container";
			return {
				op: "create",
				urn: `urn:pulumi:prod::shop::${type}::shop-prod-green-web-${index}`,
				newState: { type, custom: true, inputs: {} },
			};
		});
	const comment = (count: number, limitBytes?: number) =>
		renderComment(parsePreview(JSON.stringify({ steps: many(count) })), {
			stack: "shop/prod",
			failed: false,
			...(limitBytes !== undefined && { limitBytes }),
		});

	test("is said, and how much it is; the table counts all", () => {
		const text = comment(5_000);
		expect(Buffer.byteLength(text)).toBeGreaterThan(LIMIT_BYTES - 1_000);
		expect(text).toMatch(/\| Containers +\| +5000 \|/);
		const listed = text.match(/^\+ shop-prod-green-web-\d+ /gm)?.length ?? 0;
		expect(text).toContain(`… and ${5_000 - listed} more lines.`);
		expect(text).toContain("Cut, to stay within the 65,536 characters that GitHub allows for a comment.");
	});

	test("is nothing where there is room", () => {
		const text = comment(900);
		expect(text).not.toContain("Cut, to stay");
		expect(text.match(/^\+ shop-prod-green-web-\d+ /gm)).toHaveLength(900);
	});

	test("is never the head, though there were room for nothing else", () => {
		const text = comment(50, 10);
		expect(text).toMatch(/^Traffic: unchanged\n/);
		expect(text).toMatch(/\| Containers +\| +50 \|/);
		expect(text).not.toContain("shop-prod-green-web");
	});
});
