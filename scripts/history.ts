/** `npm run history`: every attempt to move traffic, newest first. */
import { InvalidArgumentError } from "commander";
import { proxyName } from "../components/plan/names";
import { HISTORY_FILE } from "../components/proxy/paths";
import { peekFile } from "../components/runtime/docker/peek";
import { messageOf } from "../components/runtime/report";
import { KEPT_SWITCHES, parseEntries, type SwitchEntry } from "../components/runtime/switch-history/entry";
import { mergeHistory } from "./history/merge";
import { stillRuns } from "./history/processes";
import { renderHistory } from "./history/render";
import { type PulumiUpdate, readUpdates } from "./history/updates";
import { EXIT_HELP, runCommand, stackCommand } from "./lib/command";
import { paintFor } from "./lib/paint";
import { Problem } from "./lib/problem";
import { type LookedAtStack, lookAtStack } from "./status/stack";

interface Options {
	stack?: string;
	json?: true;
	limit: number;
}

/** Not every `up` moves traffic. */
const UPDATES_READ = 5 * KEPT_SWITCHES;

const program = stackCommand(
	"history",
	`Shows every attempt to move traffic, newest first: when, from where to where, how it ended and how long it took, what was in flight, and who did it. The Docker host notes the last ${KEPT_SWITCHES}; Pulumi's history adds the commit, and what failed earlier than that.`,
)
	.addHelpText("after", EXIT_HELP)
	.option("--json", "print them as JSON")
	.option("--limit <number>", "so many, the newest", count, 20)
	.action(async ({ stack: wanted, json, limit }: Options) => {
		const stack = await lookAtStack(wanted);
		const [entries, updates] = await Promise.allSettled([notedOn(stack), updatesOf(stack)]);
		if (entries.status === "rejected" && updates.status === "rejected")
			throw new Problem(
				`Neither the Docker host nor Pulumi's history can be read.\n${messageOf(entries.reason)}\n${messageOf(updates.reason)}`,
			);
		if (entries.status === "rejected")
			console.error(
				`Docker does not answer (${messageOf(entries.reason)}): what follows is only what Pulumi's history knows.\n`,
			);
		if (updates.status === "rejected")
			console.error(`${messageOf(updates.reason)}\nWhat follows is only what the Docker host has noted.\n`);
		const items = mergeHistory(valueOr(entries, []), valueOr(updates, []), stillRuns).slice(0, limit);
		console.log(json ? JSON.stringify(items, null, "\t") : renderHistory(items, paintFor(process.stdout)));
	});

async function notedOn({ prefix }: LookedAtStack): Promise<SwitchEntry[]> {
	return parseEntries(await peekFile(proxyName(prefix), HISTORY_FILE));
}

async function updatesOf({ name, project, pulumi }: LookedAtStack): Promise<PulumiUpdate[]> {
	const pages = ["--page-size", String(UPDATES_READ), "--page", "1"];
	const what = `reading Pulumi's history of stack ${name}`;
	return readUpdates(await pulumi(what, "stack", "history", "--json", ...pages), project);
}

function valueOr<T>(settled: PromiseSettledResult<T>, otherwise: T): T {
	return settled.status === "fulfilled" ? settled.value : otherwise;
}

function count(text: string): number {
	const value = Number(text);
	if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("It is a whole number from 1.");
	return value;
}

runCommand(program);
