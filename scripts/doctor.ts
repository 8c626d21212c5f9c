/** `npm run doctor`: whether the Docker host, the tools and the state are fit for the next release; it changes nothing. */
import { Command } from "commander";
import { Listr } from "listr2";
import { type Finding, worstOf } from "../components/doctor/finding";
import { reportError } from "./backup/command";
import { examinePart, PARTS } from "./doctor/examine";
import { readPatient } from "./doctor/patient";
import { findingsText } from "./doctor/text";

interface Options {
	stack?: string;
	json?: true;
}

const MEANING = `
Grades:
  problem  the next release will fail, or something is broken
  warning  it may
  unknown  it could not be seen, and the line says why
Exit code: 1 where there is a problem, else 0; warnings and what is unknown do not count. 2: wrong use.`;

/** Not 1, which says that there is a problem. */
const WRONG_USE = 2;

async function doctor({ stack, json }: Options): Promise<void> {
	const watched = process.stdout.isTTY === true && json !== true;
	const patient = await readPatient(stack);
	const found = new Map<string, Finding[]>();
	const tasks = PARTS.map((part) => ({
		title: part.title,
		task: async () => void found.set(part.title, await examinePart(part, patient)),
	}));
	await new Listr(tasks, {
		concurrent: true,
		renderer: watched ? "default" : "silent",
		rendererOptions: { clearOutput: true },
		registerSignalListeners: false,
	}).run();
	const findings = PARTS.flatMap(({ title }) => found.get(title) ?? []);
	const name = "known" in patient.configuration ? patient.configuration.known.name : (stack ?? null);
	const grade = worstOf(findings);
	if (json === true) console.log(JSON.stringify({ stack: name, grade, findings }, null, 2));
	else console.log(findingsText(findings, watched && process.env.NO_COLOR === undefined));
	if (grade === "problem") process.exitCode = 1;
}

new Command()
	.name("npm run doctor --")
	.description(
		"Looks whether the Docker host, the tools and the stack's state are fit for the next release, and says what mends what is not. Changes nothing.",
	)
	.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : WRONG_USE))
	.option("--stack <name>", "the stack; unset: the one that is selected")
	.option("--json", "what was found as JSON, for scripts")
	.addHelpText("after", MEANING)
	.action(doctor)
	.parseAsync()
	.catch(reportError);
