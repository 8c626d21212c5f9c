import { describe, expect, test } from "vitest";
import { builtInPage } from "../../../components/proxy/page";
import { errorPages, pageAnswer, pageFiles } from "../../../components/proxy/pages";

describe("the built-in pages", () => {
	const pages = Object.values(pageFiles(undefined));

	test("are one for each occasion, each with a sentence of its own", () => {
		const sentences = pages.map((page) => /<p>(.*)<\/p>/.exec(page)?.[1]);
		expect(sentences).toHaveLength(3);
		expect(new Set(sentences).size).toBe(3);
		for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].*\.$/);
	});

	test("ask again by themselves every 2 s, and have a dark look", () => {
		for (const page of pages) {
			expect(page).toContain('<meta http-equiv="refresh" content="2">');
			expect(page).toContain("@media (prefers-color-scheme: dark)");
		}
	});

	test("need nothing else: what they would refer to is not served either", () => {
		for (const page of pages) expect(page).not.toMatch(/<script|src=|href=|url\(|@import|https?:/);
	});

	test("say what they are told", () => {
		const page = builtInPage({ title: "Closed", sentence: "Until noon." });
		expect(page).toContain("<title>Closed</title>");
		expect(page).toContain("<h1>Closed</h1>\n<p>Until noon.</p>");
	});
});

test("a page of the user's own is shown on every occasion, word for word", () => {
	const own = "<p>{http.request.host} `{{now}}` {$HOME}</p>\n";
	expect(Object.values(pageFiles(own))).toEqual([own, own, own]);
	expect(Object.keys(pageFiles(own))).toEqual(Object.keys(pageFiles(undefined)));
});

describe("an answer", () => {
	test("never holds the page itself, only the path of its file", () => {
		expect(pageAnswer("maintenance", "503").join("\n")).toMatchInlineSnapshot(`
			"header Retry-After 5
			header Cache-Control no-store
			@json {
				header Accept *json*
				not header Accept *text/html*
			}
			handle @json {
				header Content-Type application/json
				respond \`{"error":"maintenance","retryAfterSeconds":5}\` 503
			}
			handle {
				header Content-Type "text/html; charset=utf-8"
				respond {file./config/blue-green/pages/maintenance.html} 503
			}"
		`);
	});

	test("to what failed has the status that it failed with, in JSON too", () => {
		const text = errorPages(["handle @first {", "}"]).join("\n");
		expect(text).toContain("handle_errors 502 503 504 {\n\thandle @first {");
		expect(text).toContain(
			'respond `{"error":"unavailable","status":{err.status_code},"retryAfterSeconds":5}` {err.status_code}',
		);
	});
});
