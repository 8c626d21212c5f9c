import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { markerOf } from "../../../scripts/preview-comment/comment";
import { putComment, type Written } from "../../../scripts/preview-comment/github";
import { FakeGithub } from "./support/github";

let github: FakeGithub;
beforeEach(async () => {
	github = await FakeGithub.start();
});
afterEach(() => github.close());

const MARKER = markerOf("shop/prod");

function put(text: string, pullRequest = 7, token = "good-token", marker = MARKER): Promise<Written> {
	const target = { token, repository: "shop/web", pullRequest, apiUrl: github.url };
	return putComment(target, marker, `${text}\n\n${marker}\n`, 5);
}

async function problem(...args: Parameters<typeof put>): Promise<string> {
	const error = await put(...args).then(
		() => new Error("nothing failed"),
		(caught: Error) => caught,
	);
	expect(error.name).toBe("Problem");
	return error.message.replaceAll(github.url, "<api>");
}

describe("one comment for a stack", () => {
	test("is created on a pull request without one, and updated the next time", async () => {
		expect(await put("first")).toEqual({
			action: "created",
			url: "https://github.com/shop/web/pull/7#issuecomment-1000",
			removed: 0,
		});
		expect(await put("second")).toMatchObject({ action: "updated" });
		expect(github.comments.map(({ body }) => body)).toEqual([`second\n\n${MARKER}\n`]);
	});

	test("is found among more than three hundred others, wherever it stands", async () => {
		github.discuss(250);
		const ours = github.add(`old\n\n${MARKER}`);
		github.discuss(100);
		expect(await put("new")).toMatchObject({ action: "updated", url: ours.html_url });
		expect(github.comments).toHaveLength(351);
		expect(ours.body).toBe(`new\n\n${MARKER}\n`);
		expect(github.calls).toEqual([
			"GET /repos/shop/web/issues/7/comments?per_page=100",
			"GET /repos/shop/web/issues/7/comments?per_page=100&page=2",
			"GET /repos/shop/web/issues/7/comments?per_page=100&page=3",
			"GET /repos/shop/web/issues/7/comments?per_page=100&page=4",
			`PATCH /repos/shop/web/issues/comments/${ours.id}`,
		]);
	});

	test("is created after more than three hundred others", async () => {
		github.discuss(320);
		expect(await put("new")).toMatchObject({ action: "created" });
		expect(github.comments).toHaveLength(321);
	});

	test("is left alone where it says the same already, with GitHub's line ends", async () => {
		github.add(`a\r\nb\r\n\r\n${MARKER}`);
		expect(await put("a\nb")).toMatchObject({ action: "unchanged" });
		expect(github.calls).toHaveLength(1);
	});

	test("is not another stack's, and not one that quotes it", async () => {
		github.add(`of another stack\n\n${markerOf("shop/staging")}`);
		github.add(`> ${MARKER}\n\nWhat does this mean?`);
		github.add(`Look: ${MARKER}`);
		expect(await put("ours")).toMatchObject({ action: "created" });
		expect(github.comments).toHaveLength(4);
	});

	test("stays one, though two runs at once have made two", async () => {
		github.add(`a\n\n${MARKER}`);
		github.discuss(3);
		github.add(`b\n\n${MARKER}`);
		expect(await put("c")).toMatchObject({ action: "updated", removed: 1 });
		expect(github.comments.filter(({ body }) => body.includes(MARKER))).toEqual([
			expect.objectContaining({ id: 1_000, body: `c\n\n${MARKER}\n` }),
		]);
	});
});

describe("what is not the caller's fault is tried again:", () => {
	test.for([500, 502, 503, 429])("%i", async (status) => {
		github.faults.push({ status, message: "one" }, { status, message: "two" }, { status, message: "three" });
		expect(await put("text")).toMatchObject({ action: "created" });
		expect(github.calls.filter((call) => call.startsWith("GET"))).toHaveLength(4);
	});

	test("a connection that breaks", async () => {
		github.faults.push("hang up", "hang up");
		expect(await put("text")).toMatchObject({ action: "created" });
	});

	test("but not for ever", async () => {
		for (let index = 0; index < 9; index++)
			github.faults.push({ status: 503, message: "No server is available" });
		expect(await problem("text")).toMatchInlineSnapshot(`
			"GitHub answered 503: No server is available
			The same after 4 tries.
			Next: run it again; https://www.githubstatus.com tells more"
		`);
		expect(github.calls).toHaveLength(4);
	});
});

describe("what only a person can mend is said at once:", () => {
	test("a wrong token", async () => {
		expect(await problem("text", 7, "bad-token")).toMatchInlineSnapshot(`
			"GitHub answered 401: Bad credentials
			The token in GITHUB_TOKEN is wrong, or is valid no more.
			Next: give it another one"
		`);
		expect(github.calls).toHaveLength(1);
	});

	test("a token that may not write", async () => {
		github.faults.push({ status: 403, message: "Resource not accessible by integration" });
		expect(await problem("text")).toMatchInlineSnapshot(`
			"GitHub answered 403: Resource not accessible by integration
			The token in GITHUB_TOKEN may not write comments in shop/web.
			Next: permissions: { pull-requests: write } in the workflow; in one for a fork's pull request GitHub never gives that"
		`);
		expect(github.calls).toHaveLength(1);
	});

	test("a pull request that is not there", async () => {
		expect(await problem("text", 8)).toMatchInlineSnapshot(`
			"GitHub answered 404: Not Found
			There is no pull request 8 in shop/web, or the token in GITHUB_TOKEN may not see it.
			Next: look at GITHUB_REPOSITORY and --pr"
		`);
		expect(github.calls).toHaveLength(1);
	});

	test("a token that has asked too often", async () => {
		const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1763740800" };
		github.faults.push({ status: 403, message: "API rate limit exceeded", headers });
		expect(await problem("text")).toMatchInlineSnapshot(`
			"GitHub answered 403: API rate limit exceeded
			Next: run it again after 2025-11-21T16:00:00.000Z, when the token may ask again"
		`);
	});

	test("a server that is not there", async () => {
		const { url } = github;
		await github.close();
		const target = { token: "t", repository: "shop/web", pullRequest: 7, apiUrl: url };
		await expect(putComment(target, MARKER, "text", 5)).rejects.toThrow(
			/could not be reached: .*\nNext: run it again/,
		);
		github = await FakeGithub.start();
	});
});

test("no error shows the token", async () => {
	expect(await problem("text", 7, "bad-token")).not.toContain("bad-token");
});
