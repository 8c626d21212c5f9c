/** `npm run backup`: takes a backup of each database of a stack now, or lists what there is. */
import { type BackupRecord, sizeText } from "../components/plan/backups";
import { backUp } from "../components/runtime/backup/backup";
import { listBackups } from "../components/runtime/backup/list";
import { S3Copies } from "../components/runtime/backup/s3";
import { Engine } from "../components/runtime/docker/engine";
import type { Reporter } from "../components/runtime/report";
import { placeOf, readStack, type StackOfBackups, s3Of } from "./backup/stack";
import { EXIT_HELP, onInterrupt, runCommand, stackCommand } from "./lib/command";

interface Options {
	stack?: string;
	database?: string[];
	list?: true;
	json?: true;
}

const program = stackCommand(
	"backup",
	"Takes a backup of the databases of a stack while they serve, reads it back, and removes those that are beyond number and age (backups.keep, backups.keepFor).",
)
	.addHelpText("after", EXIT_HELP)
	.option("--database <name...>", "these databases only")
	.option("--list", "show what backups there are instead")
	.option("--json", "print the records as JSON, and what is done to standard error")
	.action(async (options: Options) => {
		const stack = await readStack(options.stack);
		const names = options.database ?? Object.keys(stack.databases);
		const records = options.list ? await list(stack, names) : await backUpAll(stack, names);
		if (options.json) console.log(JSON.stringify(records, null, "\t"));
		else if (options.list) console.log([table(records), ...(await copiesText(stack, names))].join("\n"));
	});

async function backUpAll(stack: StackOfBackups, names: readonly string[]): Promise<BackupRecord[]> {
	const { keep, keepFor, deadline } = stack.settings.backups;
	const report: Reporter = { info: (line) => console.error(line), warn: (line) => console.error(line) };
	const s3 = await s3Of(stack);
	const policy = { keep, keepForMs: keepFor, deadlineMs: deadline, reason: "on-demand", ...(s3 && { s3 }) };
	const places = names.map((name) => placeOf(stack, name));
	const records: BackupRecord[] = [];
	for (const place of places) {
		records.push(await backUp(new Engine(), { ...place, ...policy }, report, onInterrupt()));
	}
	return records;
}

async function list(stack: StackOfBackups, names: readonly string[]): Promise<BackupRecord[]> {
	const place = Object.values(stack.databases)[0];
	if (place === undefined) return [];
	const all = await listBackups(new Engine(), place);
	return all.filter(({ database }) => names.includes(database));
}

/** What is in S3; nothing where the settings name no such store. */
async function copiesText(stack: StackOfBackups, names: readonly string[]): Promise<string[]> {
	const s3 = await s3Of(stack);
	if (s3 === undefined) return [];
	const copies = new S3Copies(s3);
	const files = (await Promise.all(names.map((name) => copies.list(name)))).flat();
	return [`In ${copies.where}:`, ...files.map(({ file }) => `  ${file}`)];
}

function table(records: readonly BackupRecord[]): string {
	if (records.length === 0) return "There are no backups yet: npm run backup";
	const width = Math.max(...records.map(({ file }) => file.length));
	return records
		.map(({ file, sizeBytes, takenAt, serverVersion, type, schemaVersion }) =>
			[
				file.padEnd(width),
				sizeText(sizeBytes).padStart(8),
				takenAt.slice(0, 19).replace("T", " "),
				`${type} ${serverVersion.split(" ")[0]}${schemaVersion === undefined ? "" : `, schema ${schemaVersion}`}`,
			].join("  "),
		)
		.join("\n");
}

runCommand(program);
