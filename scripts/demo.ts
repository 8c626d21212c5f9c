/** `npm run demo`: one real release under load, on this machine. Set-up has run before. */
import { Command, InvalidArgumentError } from "commander";
import { takeDown } from "./demo/down";
import { releaseUnderLoad } from "./demo/release";
import { isProblem } from "./lib/problem";

interface Options {
	down?: true;
	rate: number;
	yes?: true;
}

function requestRate(text: string): number {
	const rate = Number(text);
	if (!Number.isInteger(rate) || rate < 200 || rate > 1000)
		throw new InvalidArgumentError("A whole number from 200 to 1000.");
	return rate;
}

const program = new Command()
	.name("npm run demo --")
	.description(
		"Brings the sample shop up on blue, sends it visitors, releases green the way you would (config set, preview, up), and reports what the visitors noticed. Run again, it releases the other color. The shop keeps running.",
	)
	.option("--rate <n>", "requests per second, 200 to 1000", requestRate, 250)
	.option("--down", "remove the shop, its data and the stack's state instead")
	.option("--yes", "with --down: do not ask")
	.action(async ({ down, rate, yes }: Options) => {
		if (down) return takeDown(yes === true);
		const interrupt = new AbortController();
		// Pulumi gets ^C as well and ends in order; a second ^C ends this at once. Not `once`: execa ends the process
		// on a signal that nobody else listens to.
		process.on("SIGINT", () => {
			if (interrupt.signal.aborted) process.exit(130);
			interrupt.abort();
		});
		return releaseUnderLoad(rate, interrupt.signal);
	});

program.parseAsync().catch((error: unknown) => {
	process.exitCode = 1;
	console.error(isProblem(error) ? `\n${error.message}` : error);
});
