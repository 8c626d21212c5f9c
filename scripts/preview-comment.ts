/** `npm run preview-comment`: says on a pull request what `pulumi up` would do. */
import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { isProblem } from "./lib/problem";
import { readSource } from "./preview/source";
import { markerOf, renderComment } from "./preview-comment/comment";
import { putComment } from "./preview-comment/github";
import { readTarget } from "./preview-comment/target";

interface Options {
	stack?: string;
	pr?: number;
	dryRun?: true;
	output?: string;
}

/** The comment is there, and says that the preview failed. */
const PREVIEW_FAILED = 2;

const program = new Command()
	.name("npm run preview-comment --")
	.description(
		"Writes what `pulumi up` would do as a comment on a pull request of GitHub: one for each stack, updated in place.",
	)
	.argument("[preview]", "what `pulumi preview --json` printed; -: standard input; unset: it is run now")
	.option("--stack <name>", "the stack; unset: the one that is selected, or that the preview is of")
	.option("--pr <number>", "the pull request; unset: the one that the workflow runs for", positive)
	.option("--dry-run", "print the comment, and write nothing")
	.option("--output <file>", "write the comment to a file instead, for GitLab and others")
	.addHelpText(
		"after",
		`
From the environment: GITHUB_TOKEN, GITHUB_REPOSITORY (owner/name), GITHUB_EVENT_PATH, GITHUB_API_URL; GitHub Actions sets
all but the first. Pulumi's state is the one of PULUMI_BACKEND_URL or PULUMI_ACCESS_TOKEN, else that of scripts/setup.

Exit code 0: the comment says what the preview says. 1: there is no comment. 2: the comment says that the preview failed.`,
	)
	.action(async (file: string | undefined, options: Options) => {
		const local = options.dryRun || options.output !== undefined;
		// Before the preview, which takes a while.
		const target = local ? undefined : readTarget(options.pr, process.env);
		const { preview, ...source } = await readSource(file, options.stack);
		const comment = renderComment(preview, source);
		if (options.output !== undefined) writeFileSync(options.output, comment);
		if (options.dryRun) process.stdout.write(comment);
		if (target !== undefined) {
			const { action, url } = await putComment(target, markerOf(source.stack), comment);
			console.log(`The comment is ${action}: ${url}`);
		}
		if (source.failed) process.exitCode = PREVIEW_FAILED;
	});

function positive(text: string): number {
	if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("It has to be the number of a pull request.");
	return Number(text);
}

program.parseAsync().catch((error: unknown) => {
	process.exitCode = 1;
	console.error(isProblem(error) ? error.message : error);
});
