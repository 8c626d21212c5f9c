import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { projectFolder } from "../../../scripts/lib/environment";

const WORKFLOWS = [".github/workflows/preview.yml", ".github/workflows/release.yml"];
const PIPELINES = [...WORKFLOWS, "examples/gitlab-ci.yml"];

interface Step {
	readonly run?: string;
	readonly uses?: string;
	readonly env?: Record<string, string>;
}

interface Workflow {
	readonly on: unknown;
	readonly permissions: Record<string, string>;
	readonly concurrency: { readonly group: string; readonly "cancel-in-progress": boolean };
	readonly jobs: Record<
		string,
		{
			readonly if?: string;
			readonly needs?: string;
			readonly environment?: string;
			readonly steps: Step[];
			readonly "timeout-minutes": number;
		}
	>;
}

function textOf(file: string): string {
	return readFileSync(path.join(projectFolder, file), "utf8");
}

function read<T>(file: string): T {
	const document = parseDocument(textOf(file), { strict: true, uniqueKeys: true });
	expect([...document.errors, ...document.warnings]).toEqual([]);
	return document.toJS() as T;
}

function commands({ jobs }: Workflow): string[] {
	return Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
}

describe.for(PIPELINES)("%s", (file) => {
	test("is YAML", () => {
		expect(read(file)).toBeTypeOf("object");
	});

	test("names scripts, options and pages that there are", () => {
		const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
		const help = textOf("scripts/preview-comment.ts");
		const calls = [...textOf(file).matchAll(/npm run ([\w:-]+)(?: -- (.*))?/g)];
		expect(calls.length).toBeGreaterThan(0);
		for (const [, script = "", args = ""] of calls) {
			expect(scripts).toHaveProperty(script);
			for (const [option] of args.matchAll(/--[a-z-]+/g))
				expect(help).toContain(`"${option} `.replace("--dry-run ", "--dry-run"));
		}
		for (const [page] of textOf(file).matchAll(/docs\/[\w-]+\.md/g))
			expect(existsSync(path.join(projectFolder, page))).toBe(true);
	});

	test("puts nothing that a stranger can write into a shell", () => {
		for (const line of textOf(file)
			.split("\n")
			.filter((one) => /\brun:|^\s+- (npm|pulumi|cat)/.test(one)))
			expect(line).not.toContain("${{");
	});
});

describe("the workflow for previews", () => {
	const workflow = read<Workflow>(".github/workflows/preview.yml");

	test("runs no code of a fork, and never with the rights of the repository itself", () => {
		expect(workflow.on).toBe("pull_request");
		expect(workflow.jobs.preview?.if).toContain("head.repo.full_name == github.repository");
		expect(workflow.permissions).toEqual({ contents: "read", "pull-requests": "write" });
	});

	test("comments, and changes nothing", () => {
		expect(commands(workflow)).toEqual(["npm ci", "npm run preview-comment -- --stack prod"]);
	});
});

describe("the workflow for releases", () => {
	const workflow = read<Workflow>(".github/workflows/release.yml");

	test("is one at a time for the stack, and never cancelled", () => {
		expect(workflow.concurrency).toEqual({ group: "release-prod", "cancel-in-progress": false });
	});

	test("shows the preview, waits for an approval, and then only carries out", () => {
		const { preview, up } = workflow.jobs;
		expect(preview?.environment).toBeUndefined();
		expect(up).toMatchObject({ needs: "preview", environment: "production" });
		const ups = (job: typeof up) => job?.steps.filter(({ run }) => run?.startsWith("pulumi up")).length;
		expect([ups(preview), ups(up)]).toEqual([0, 1]);
	});
});
