import { LABEL } from "../../plan/names";
import type { Engine } from "../docker/engine";
import { peekContainers } from "../docker/peek";
import { indented, StepError } from "../report";
import { createOneShot, removeOneShot, watchOneShot } from "./one-shot";
import { queryValue } from "./psql";
import type { MigrationInputs, MigrationSecrets } from "./types";

/** What must be true before contract removes anything. @throws StepError with what is not, and what comes next. */
export async function checkContract(
	engine: Engine,
	inputs: MigrationInputs,
	secrets: MigrationSecrets,
	print: (line: string) => void,
): Promise<void> {
	await nothingElseRuns(inputs);
	await nothingIsLeft(engine, inputs, secrets, print);
}

async function nothingElseRuns({ stack, version }: MigrationInputs): Promise<void> {
	const services = (await peekContainers(stack)).filter(({ labels }) => labels[LABEL.role] === "service");
	const others = services.filter(({ labels }) => labels[LABEL.version] !== version);
	if (others.length === 0) return;
	const names = others.map(({ name, labels }) => `${name} (${labels[LABEL.version]})`);
	throw new StepError(
		[
			`contract of ${version} was not begun: containers of another version are there, and would lose what they work with.`,
			indented(names),
			"Next: let them go (pulumi config rm --path colors.<color>.version; without migrations.closed, pulumi up), then close again.",
		].join("\n"),
	);
}

async function nothingIsLeft(
	engine: Engine,
	inputs: MigrationInputs,
	secrets: MigrationSecrets,
	print: (line: string) => void,
): Promise<void> {
	const { verify, version } = inputs;
	if (verify === undefined) return;
	const answer =
		"query" in verify
			? await queryValue(engine, inputs.database, verify.query, inputs.deadlineMs)
			: await answerOf(engine, inputs, verify, secrets, print);
	if (answer !== undefined && answer !== "" && Number(answer) === 0) return;
	const found = answer === undefined ? "a table that is not there" : answer === "" ? "nothing" : answer;
	throw new StepError(
		[
			`contract of ${version} was not begun: verify answered ${found}, and only 0 lets it run. Nothing was removed.`,
			"Next: see what is left to fill. Once that is done by hand, or by the backfill of another version: pulumi up",
			"Or keep the way back open: pulumi config rm --path migrations.closed && pulumi up",
		].join("\n"),
	);
}

/** The last line that the command of verify prints; the journal does not know it, because it changes nothing. */
async function answerOf(
	engine: Engine,
	inputs: MigrationInputs,
	command: readonly string[],
	secrets: MigrationSecrets,
	print: (line: string) => void,
): Promise<string> {
	const name = inputs.name.replace(/contract$/, "verify");
	const shot = await createOneShot(engine, inputs, secrets, { name, command, phase: "verify" });
	const end = await watchOneShot(engine, shot, inputs.network, inputs.deadlineMs, print);
	await removeOneShot(engine, shot);
	if (end.exitCode === 0 && !end.timedOut) return end.answer;
	const how = end.timedOut ? "was too slow" : `ended with exit code ${end.exitCode}`;
	throw new StepError(
		[
			`contract of ${inputs.version} was not begun: verify ${how}. Nothing was removed.`,
			indented(end.lastLines),
			"Next: mend what it says, then: pulumi up",
		].join("\n"),
	);
}
