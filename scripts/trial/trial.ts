import { createInterface } from "node:readline/promises";
import { Command } from "commander";
import { proxyName } from "../../components/plan/names";
import { peekTraffic } from "../../components/runtime/caddy/peek";
import type { Traffic } from "../../components/runtime/caddy/traffic";
import { messageOf } from "../../components/runtime/report";
import { reportError } from "../backup/command";
import { pulumiFor } from "../backup/pulumi";
import { readStack, type StackOfBackups } from "../backup/stack";
import { Problem } from "../lib/problem";

/** What a command does to a stack: `pulumi` with each of these lists of words, in turn, and then `pulumi up`. */
export interface Decision {
	/** For the person who is asked. */
	readonly sentence: string;
	readonly commands: readonly (readonly string[])[];
}

interface Options {
	stack?: string;
	yes?: true;
	all?: true;
}

/** A command about the release that is on trial: looks who has traffic, says what it is about to do, and does it. */
export function trialCommand(
	name: string,
	description: string,
	decide: (stack: StackOfBackups, traffic: Traffic, options: Options) => Decision,
): Command {
	return new Command()
		.name(`npm run ${name} --`)
		.description(description)
		.option("--stack <name>", "the stack; unset: the one that is selected")
		.option("--yes", "do not ask")
		.action(async (options: Options) => {
			const stack = await readStack(options.stack);
			const { sentence, commands } = decide(stack, await trafficOf(stack), options);
			console.log(sentence);
			if (options.yes !== true && !(await agreed())) throw new Problem("Nothing was changed.");
			const pulumi = pulumiFor(stack);
			for (const words of commands) await pulumi(...words);
			await pulumi("up", "--yes");
		});
}

export function run(command: Command): void {
	command.parseAsync().catch(reportError);
}

/** What the proxy really does: the settings and the state may know less after an `up` that was killed. */
async function trafficOf({ prefix, name }: StackOfBackups): Promise<Traffic> {
	const proxy = proxyName(prefix);
	try {
		return await peekTraffic(proxy);
	} catch (error) {
		throw new Problem(
			`Who gets the traffic of stack ${name} cannot be told: ${messageOf(error)}\nNext: see that Docker answers (docker ps --filter name=${proxy})`,
		);
	}
}

async function agreed(): Promise<boolean> {
	if (!process.stdin.isTTY) throw new Problem("Nobody can be asked here. Next: the same with --yes");
	const terminal = createInterface({ input: process.stdin, output: process.stdout });
	const answer = await terminal.question("Go on? (yes/no) ");
	terminal.close();
	return /^y(es)?$/i.test(answer.trim());
}
