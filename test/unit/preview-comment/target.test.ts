import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { readTarget } from "../../../scripts/preview-comment/target";

const folder = mkdtempSync(path.join(tmpdir(), "target-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

function event(content: unknown): string {
	const file = path.join(folder, "event.json");
	writeFileSync(file, JSON.stringify(content));
	return file;
}

const ENV = { GITHUB_TOKEN: "t", GITHUB_REPOSITORY: "shop/web" };

test("the pull request is the one that the workflow runs for", () => {
	const target = { token: "t", repository: "shop/web", apiUrl: "https://api.github.com" };
	const forPullRequest = event({ pull_request: { number: 12 }, number: 12 });
	expect(readTarget(undefined, { ...ENV, GITHUB_EVENT_PATH: forPullRequest })).toEqual({
		...target,
		pullRequest: 12,
	});
	const forComment = event({ issue: { number: 13, pull_request: { url: "…" } } });
	expect(readTarget(undefined, { ...ENV, GITHUB_EVENT_PATH: forComment })).toEqual({
		...target,
		pullRequest: 13,
	});
});

test("a number that is said wins, and an own server", () => {
	const GITHUB_EVENT_PATH = event({ pull_request: { number: 12 } });
	const GITHUB_API_URL = "https://git.example.com/api/v3";
	expect(readTarget(3, { ...ENV, GITHUB_EVENT_PATH, GITHUB_API_URL })).toMatchObject({
		pullRequest: 3,
		apiUrl: GITHUB_API_URL,
	});
});

test("all that is missing is told at once, by its name", () => {
	expect(() => readTarget(undefined, {})).toThrowErrorMatchingInlineSnapshot(`
		[Problem: The comment cannot be written to GitHub.
		  GITHUB_TOKEN is not set: a token that may write comments (pull-requests: write).
		  GITHUB_REPOSITORY is not set: it has to be owner/name.
		  Which pull request? --pr <number>, or GITHUB_EVENT_PATH of a workflow that runs for one.
		Next: set that; or --dry-run to see it here; or --output <file> for elsewhere]
	`);
	expect(() =>
		readTarget(3, { GITHUB_TOKEN: "", GITHUB_REPOSITORY: "shop" }),
	).toThrowErrorMatchingInlineSnapshot(`
		[Problem: The comment cannot be written to GitHub.
		  GITHUB_TOKEN is not set: a token that may write comments (pull-requests: write).
		  GITHUB_REPOSITORY is "shop": it has to be owner/name.
		Next: set that; or --dry-run to see it here; or --output <file> for elsewhere]
	`);
});

test("an issue is no pull request, and neither is a push", () => {
	for (const content of [{ issue: { number: 13 } }, { ref: "refs/heads/main" }])
		expect(() => readTarget(undefined, { ...ENV, GITHUB_EVENT_PATH: event(content) })).toThrow(
			"Which pull request?",
		);
});
