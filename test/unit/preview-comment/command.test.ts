import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { projectFolder } from "../../../scripts/lib/environment";
import { FakeGithub } from "./support/github";
import { commentOn, recorded, recordedFile } from "./support/recorded";

let github: FakeGithub;
let folder: string;
beforeEach(async () => {
	github = await FakeGithub.start();
	folder = mkdtempSync(path.join(tmpdir(), "preview-comment-test-"));
});
afterEach(async () => {
	await github.close();
	rmSync(folder, { recursive: true });
});

/** `npm run preview-comment -- …`, without npm; `env` is all that it knows of GitHub. */
async function command(args: string[], env: Record<string, string> = {}, input?: string) {
	const { stdout, stderr, exitCode } = await execa(
		"node",
		["--import", "tsx", "scripts/preview-comment.ts", ...args],
		{
			cwd: projectFolder,
			env: { PATH: env.PATH ?? process.env.PATH, ...env },
			extendEnv: false,
			reject: false,
			...(input === undefined ? { stdin: "ignore" as const } : { input }),
		},
	);
	return { stdout, stderr, exitCode };
}

const release = recordedFile("release");

test("prints the comment on a file, or on standard input", async () => {
	const comment = commentOn(recorded("release")).trimEnd();
	expect(await command([release, "--dry-run"])).toEqual({ stdout: comment, stderr: "", exitCode: 0 });
	const input = `Previewing update:\n${readFileSync(release, "utf8")}`;
	expect(await command(["-", "--dry-run"], {}, input)).toEqual({ stdout: comment, stderr: "", exitCode: 0 });
});

test("writes it to GitHub, and updates it there", async () => {
	const env = { GITHUB_TOKEN: github.token, GITHUB_REPOSITORY: "shop/web", GITHUB_API_URL: github.url };
	github.discuss(120);
	const first = await command([release, "--pr", "7"], env);
	const url = "https://github.com/shop/web/pull/7#issuecomment-1120";
	expect(first).toEqual({ stdout: `The comment is created: ${url}`, stderr: "", exitCode: 0 });
	expect(github.comments.at(-1)?.body).toBe(commentOn(recorded("release")));

	const event = path.join(folder, "event.json");
	writeFileSync(event, JSON.stringify({ pull_request: { number: 7 } }));
	const second = await command([recordedFile("rollback")], { ...env, GITHUB_EVENT_PATH: event });
	expect(second).toEqual({ stdout: `The comment is updated: ${url}`, stderr: "", exitCode: 0 });
	expect(github.comments.at(-1)?.body).toBe(commentOn(recorded("rollback")));
	expect(github.comments).toHaveLength(121);
});

test("writes one for a preview that failed, and says so by its exit code", async () => {
	const env = { GITHUB_TOKEN: github.token, GITHUB_REPOSITORY: "shop/web", GITHUB_API_URL: github.url };
	const { exitCode } = await command([recordedFile("failing-settings"), "--pr", "7"], env);
	expect(exitCode).toBe(2);
	expect(github.comments.at(-1)?.body).toContain("Traffic: unknown, because the preview failed");
});

test("writes it to a file", async () => {
	const file = path.join(folder, "comment.md");
	expect(await command([release, "--output", file])).toEqual({ stdout: "", stderr: "", exitCode: 0 });
	expect(readFileSync(file, "utf8")).toBe(commentOn(recorded("release")));
});

describe("runs the preview itself, and", () => {
	/** A program of this name, found before any other. */
	function pulumi(script: string): { PATH: string; PULUMI_BACKEND_URL: string } {
		writeFileSync(path.join(folder, "pulumi"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
		return { PATH: `${folder}:${process.env.PATH}`, PULUMI_BACKEND_URL: "file:///nowhere" };
	}

	test("gives it the stack", async () => {
		const env = pulumi(`echo "$@" >"${folder}/args"; cat "${release}"`);
		const { stdout, exitCode } = await command(["--stack", "prod", "--dry-run"], env);
		expect({ stdout, exitCode }).toEqual({ stdout: commentOn(recorded("release")).trimEnd(), exitCode: 0 });
		expect(readFileSync(path.join(folder, "args"), "utf8")).toBe(
			"preview --json --non-interactive --stack prod\n",
		);
	});

	test("tells what Pulumi said where there is no preview", async () => {
		const env = pulumi('echo "error: no stack named prod found" >&2; exit 255');
		const { stdout, exitCode } = await command(["--stack", "acme/prod", "--dry-run"], env);
		expect(exitCode).toBe(2);
		expect(stdout).toMatch(
			/^Traffic: unknown, because the preview failed\n=+\n\nStack `shop\/prod`\. Nothing was touched/,
		);
		expect(stdout).toContain("error: no stack named prod found");
	});
});

describe("without a comment the exit code is 1, and", () => {
	test("says what is missing before it runs anything", async () => {
		const { stderr, exitCode } = await command([]);
		expect(exitCode).toBe(1);
		expect(stderr).toContain("GITHUB_TOKEN is not set");
		expect(stderr).toContain("GITHUB_REPOSITORY is not set");
		expect(stderr).not.toContain("    at ");
	});

	test.for([
		["what is no preview", "hello", "This is not the output of `pulumi preview --json`."],
		["JSON that is none", '{"steps": 3}', "This is not the output of `pulumi preview --json`."],
		["one of no stack", "{}", "The preview does not say of which stack it is."],
	] as const)("says what is wrong with %s", async ([, input, text]) => {
		const { stderr, exitCode } = await command(["-", "--dry-run"], {}, input);
		expect(exitCode).toBe(1);
		expect(stderr).toContain(text);
		expect(stderr).not.toContain("    at ");
	});

	test("says that a file is not there", async () => {
		const { stderr, exitCode } = await command(["nowhere.json", "--dry-run"]);
		expect(exitCode).toBe(1);
		expect(stderr).toContain("nowhere.json cannot be read: ENOENT");
	});

	test("says that a pull request has a number", async () => {
		const { stderr, exitCode } = await command([release, "--pr", "x"]);
		expect(exitCode).toBe(1);
		expect(stderr).toContain("It has to be the number of a pull request.");
	});
});

test("has help", async () => {
	const { stdout, exitCode } = await command(["--help"]);
	expect(exitCode).toBe(0);
	for (const word of ["--stack", "--pr", "--dry-run", "--output", "GITHUB_TOKEN", "Exit code 0"])
		expect(stdout).toContain(word);
});
