import { readFileSync } from "node:fs";
import { Problem } from "../lib/problem";

/** Where a comment goes. */
export interface Target {
	readonly token: string;
	/** "owner/name". */
	readonly repository: string;
	readonly pullRequest: number;
	/** "https://api.github.com", or that of an own server. */
	readonly apiUrl: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the target from what GitHub Actions sets, or a person.
 *
 * @param pr Wins over the event that the workflow runs for.
 * @throws Problem with all that is missing, by the names of the variables.
 */
export function readTarget(pr: number | undefined, env: Environment): Target {
	const { GITHUB_TOKEN: token, GITHUB_REPOSITORY: repository, GITHUB_API_URL } = env;
	const pullRequest = pr ?? pullRequestOf(env.GITHUB_EVENT_PATH);
	const missing = [
		...(token ? [] : ["GITHUB_TOKEN is not set: a token that may write comments (pull-requests: write)."]),
		...(/^[^/\s]+\/[^/\s]+$/.test(repository ?? "")
			? []
			: [`GITHUB_REPOSITORY is ${repository ? `"${repository}"` : "not set"}: it has to be owner/name.`]),
		...(pullRequest === undefined
			? ["Which pull request? --pr <number>, or GITHUB_EVENT_PATH of a workflow that runs for one."]
			: []),
	];
	if (missing.length > 0 || !token || !repository || pullRequest === undefined)
		throw new Problem(
			`The comment cannot be written to GitHub.\n${missing.map((line) => `  ${line}`).join("\n")}\nNext: set that; or --dry-run to see it here; or --output <file> for elsewhere`,
		);
	return { token, repository, pullRequest, apiUrl: GITHUB_API_URL || "https://api.github.com" };
}

/** The number stands in another place for `pull_request` and for `issue_comment`. */
function pullRequestOf(file: string | undefined): number | undefined {
	if (!file) return undefined;
	try {
		const event = JSON.parse(readFileSync(file, "utf8")) as {
			pull_request?: { number?: number };
			issue?: { number?: number; pull_request?: unknown };
		};
		return event.pull_request?.number ?? (event.issue?.pull_request ? event.issue.number : undefined);
	} catch (error) {
		throw new Problem(`GITHUB_EVENT_PATH (${file}) cannot be read: ${(error as Error).message}`);
	}
}
