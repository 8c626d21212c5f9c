import type { Command } from "commander";
import { proxyName } from "../../components/plan/names";
import { peekTraffic } from "../../components/runtime/caddy/peek";
import type { Traffic } from "../../components/runtime/caddy/traffic";
import { messageOf } from "../../components/runtime/report";
import { pulumiFor } from "../backup/pulumi";
import { readStack, type StackOfBackups } from "../backup/stack";
import { agreed, EXIT_HELP, stackCommand, Unchanged } from "../lib/command";
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
	return stackCommand(name, description)
		.option("--yes", "do not ask")
		.addHelpText("after", EXIT_HELP)
		.action(async (options: Options) => {
			const stack = await readStack(options.stack);
			const { sentence, commands } = decide(stack, await trafficOf(stack), options);
			console.log(sentence);
			if (options.yes !== true && !(await agreed())) throw new Unchanged("Nothing was changed.");
			const pulumi = pulumiFor(stack);
			for (const words of commands) await pulumi(...words);
			await pulumi("up", "--yes");
		});
}

/** What the proxy really does: the settings and the state may know less after an `up` that was killed. */
export async function trafficOf({ prefix, name }: StackOfBackups): Promise<Traffic> {
	const proxy = proxyName(prefix);
	try {
		return await peekTraffic(proxy);
	} catch (error) {
		throw new Problem(
			`Who gets the traffic of stack ${name} cannot be told: ${messageOf(error)}\nNext: see that Docker answers (docker ps --filter name=${proxy})`,
		);
	}
}
