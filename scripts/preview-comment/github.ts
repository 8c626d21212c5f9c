import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
import { retry } from "@octokit/plugin-retry";
import { Problem } from "../lib/problem";
import type { Target } from "./target";

/** What became of the comment. */
export interface Written {
	readonly action: "created" | "updated" | "unchanged";
	readonly url: string;
	/** Further ones of the same stack, made by two runs at once, that were removed. */
	readonly removed: number;
}

interface Comment {
	readonly id: number;
	readonly body: string;
	readonly html_url: string;
}

/** Longest time for one request. */
const REQUEST_MS = 30_000;
/** After the first try; between them the wait grows: 1, 4, 9 s. */
const RETRIES = 3;

/**
 * Writes the one comment that ends with `marker`: updates it where it is there, however many comments the pull request has,
 * and else creates it. What is missing, forbidden or wrong is not tried again; what is the server's or the line's fault is.
 *
 * @param retryBaseMs Length of the first wait; tests have no time.
 * @throws Problem with GitHub's own words and what to do.
 */
export async function putComment(
	target: Target,
	marker: string,
	body: string,
	retryBaseMs = 1_000,
): Promise<Written> {
	const github = new (Octokit.plugin(paginateRest, retry))({
		auth: target.token,
		baseUrl: target.apiUrl,
		userAgent: "blue-green-preview-comment",
		retry: { retries: RETRIES, retryAfterBaseValue: retryBaseMs },
		request: { fetch: withDeadline },
		// Its own words would come beside ours.
		log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
	});
	const [owner = "", repo = ""] = target.repository.split("/");
	const place = { owner, repo };
	try {
		const [first, ...others] = await find(github, { ...place, issue_number: target.pullRequest }, marker);
		for (const { id } of others)
			await github.request("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", {
				...place,
				comment_id: id,
			});
		const removed = others.length;
		if (first === undefined) {
			const { data } = await github.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
				...place,
				issue_number: target.pullRequest,
				body,
			});
			return { action: "created", url: data.html_url, removed };
		}
		if (sameText(first.body, body)) return { action: "unchanged", url: first.html_url, removed };
		const { data } = await github.request("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", {
			...place,
			comment_id: first.id,
			body,
		});
		return { action: "updated", url: data.html_url, removed };
	} catch (error) {
		throw problemOf(error, target);
	}
}

type Github = Octokit & ReturnType<typeof paginateRest>;

/** Those that end with the marker, oldest first: a quotation of one in another comment does not. */
async function find(
	github: Github,
	place: { owner: string; repo: string; issue_number: number },
	marker: string,
): Promise<Comment[]> {
	const all = await github.paginate("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
		...place,
		per_page: 100,
	});
	return all
		.map(({ id, body = "", html_url }): Comment => ({ id: Number(id), body, html_url }))
		.filter(({ body }) => body.trimEnd().endsWith(`\n${marker}`));
}

/** GitHub may end lines otherwise. */
function sameText(a: string, b: string): boolean {
	return a.replaceAll("\r\n", "\n").trimEnd() === b.trimEnd();
}

function withDeadline(url: string, options: RequestInit): Promise<Response> {
	return fetch(url, { ...options, signal: AbortSignal.timeout(REQUEST_MS) });
}

function nothing(): void {}

interface RequestError {
	readonly status?: number;
	readonly message: string;
	readonly response?: { readonly headers?: Readonly<Record<string, string | undefined>> };
}

function problemOf(error: unknown, { repository, pullRequest, apiUrl }: Target): Problem {
	const { status, message, response } = error as RequestError;
	const said = `GitHub answered ${status}: ${message}`;
	const headers = response?.headers ?? {};
	if (response === undefined)
		return new Problem(`GitHub (${apiUrl}) could not be reached: ${message}\nNext: run it again`);
	if (status === 401)
		return new Problem(
			`${said}\nThe token in GITHUB_TOKEN is wrong, or is valid no more.\nNext: give it another one`,
		);
	if ((status === 403 || status === 429) && headers["x-ratelimit-remaining"] === "0") {
		const at = new Date(Number(headers["x-ratelimit-reset"]) * 1_000).toISOString();
		return new Problem(`${said}\nNext: run it again after ${at}, when the token may ask again`);
	}
	if (status === 403)
		return new Problem(
			`${said}\nThe token in GITHUB_TOKEN may not write comments in ${repository}.\nNext: permissions: { pull-requests: write } in the workflow; in one for a fork's pull request GitHub never gives that`,
		);
	if (status === 404)
		return new Problem(
			`${said}\nThere is no pull request ${pullRequest} in ${repository}, or the token in GITHUB_TOKEN may not see it.\nNext: look at GITHUB_REPOSITORY and --pr`,
		);
	if (status !== undefined && status >= 500)
		return new Problem(
			`${said}\nThe same after ${RETRIES + 1} tries.\nNext: run it again; https://www.githubstatus.com tells more`,
		);
	return new Problem(said);
}
