/** `npm run restore -- <file>`: puts a backup into a fresh volume, looks at it, and switches a database to it. */
import { existsSync } from "node:fs";
import path from "node:path";
import { sizeText } from "../components/plan/backups";
import { type Restored, restore } from "../components/runtime/backup/restore";
import { Engine } from "../components/runtime/docker/engine";
import { durationText, type Reporter } from "../components/runtime/report";
import { bringFile, findBackup } from "./backup/find";
import { pulumiFor } from "./backup/pulumi";
import { placeOf, readStack, type StackOfBackups } from "./backup/stack";
import { agreed, EXIT_HELP, onInterrupt, runCommand, stackCommand, Unchanged } from "./lib/command";
import { Problem } from "./lib/problem";

interface Options {
	stack?: string;
	database?: string;
	yes?: true;
}

const program = stackCommand(
	"restore",
	"Restores a backup into a fresh volume while the database goes on serving, compares every table with the backup, and then switches the database to it. The old volume stays.",
)
	.argument("<file>", "name of a backup (npm run backup -- --list), or the path of a file on this machine")
	.addHelpText("after", EXIT_HELP)
	.option("--database <name>", "the database that it is of, where no record says so")
	.option("--yes", "do not ask")
	.action(async (file: string, options: Options) => {
		const stack = await readStack(options.stack);
		const engine = new Engine();
		const given = existsSync(file) ? await bringFile(engine, stack, file, report) : file;
		const found = await findBackup(engine, stack, given, options.database);
		console.log(plan(stack, found.database, given, found.record?.takenAt));
		if (found.record) console.log(`It has ${sizeText(found.record.sizeBytes)}.`);
		if (options.yes !== true && !(await agreed())) throw new Unchanged("Nothing was changed.");
		const place = placeOf(stack, found.database);
		const inputs = { ...place, file: path.basename(given), deadlineMs: stack.settings.backups.deadline };
		const restored = await restore(engine, inputs, report, onInterrupt());
		console.log(doneText(restored));
		await switchTo(stack, found.database, restored);
	});

const report: Reporter = {
	info: (line) => console.log(`  ${line}`),
	warn: (line) => console.error(`  ${line}`),
};

function plan(stack: StackOfBackups, database: string, file: string, takenAt: string | undefined): string {
	const when = takenAt === undefined ? "" : `, taken at ${takenAt}`;
	return [
		`Stack ${stack.name}, database ${database}: back to ${file}${when}.`,
		"What was written since then will not be in it; neither will be what is written while it is restored.",
		"While it is restored, the database serves. Then its container is replaced: about 4 s for a small one,",
		"in which it does not answer. The volume that it has now stays.",
	].join("\n");
}

function doneText({ volume, counts, durationMs }: Restored): string {
	const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
	const tables = Object.keys(counts).length;
	return `Restored into the volume ${volume} in ${durationText(durationMs)}: ${rows} rows in ${tables} tables or key spaces, as in the backup.`;
}

async function switchTo(
	stack: StackOfBackups,
	database: string,
	{ volume, replaces }: Restored,
): Promise<void> {
	const setting = `databases.${database}.volume`;
	const before = (stack.settings.databases[database] as { volume?: string | undefined } | undefined)?.volume;
	const pulumi = pulumiFor(stack);
	const back =
		before === undefined
			? `pulumi config rm --path ${setting} --stack ${stack.name} && pulumi up --stack ${stack.name}`
			: `pulumi config set --path ${setting} ${before} --stack ${stack.name} && pulumi up --stack ${stack.name}`;
	await pulumi("config", "set", "--path", setting, volume);
	try {
		await pulumi("up", "--yes", "--skip-preview");
	} catch (error) {
		throw new Problem(
			`${error instanceof Error ? error.message : error}\nThe restored data is in the volume ${volume}. Next: mend what it says, then: pulumi up --stack ${stack.name}\nOr go back: ${back}`,
		);
	}
	console.log(
		[
			`\nThe database ${database} runs on ${volume}.`,
			`To go back to what it was: ${back}`,
			`When nobody needs that any more, remove the old volume: docker volume rm ${replaces}`,
		].join("\n"),
	);
}

runCommand(program);
