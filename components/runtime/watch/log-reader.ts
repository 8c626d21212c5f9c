import { ACCESS_LOG } from "../../proxy/access-log";
import type { Engine } from "../docker/engine";
import { LineProcess } from "../docker/line-process";
import { StepError } from "../report";

/**
 * What runs in the proxy's container: it keeps the log open, and answers "end" by going to its end, and "take" with all that
 * has been written since, in one line; "!" where there is no log. When Caddy has begun another file, the old one is read to
 * its end first: nothing is lost or read twice, as it can be with `tail -F`.
 *
 * No line of JSON has a tabulator in it, so one stands for each end of a line.
 */
const READER = `
log=$1
old=/proc/self/fd/3
while read -r verb; do
	if [ ! -r "$log" ] || [ "$log" -ef $old ]; then
		if [ ! -e $old ]; then printf '!'
		elif [ "$verb" = end ]; then cat <&3 >/dev/null
		else tr '\\n' '\\t' <&3
		fi
	elif command exec 4<"$log"; then
		if [ "$verb" = end ]; then cat <&4 >/dev/null
		else { cat <&3; cat <&4; } | tr '\\n' '\\t'
		fi
		exec 3<&4 4<&-
	fi
	echo
done`;
const NO_LOG = "!";

/** Longest time for one answer: a verdict waits for it. */
const TIMEOUT_MS = 3_000;

/** Reads what the proxy logs of requests, from some time on. */
export class LogReader {
	private readonly process: LineProcess;
	private unfinished = "";

	/** @param log Path in the container; default: where the proxy logs. */
	constructor(
		engine: Engine,
		private readonly container: string,
		private readonly log = ACCESS_LOG,
	) {
		this.process = new LineProcess(engine, container, ["sh", "-c", READER, "reader", log], TIMEOUT_MS);
	}

	/** From here on. @throws StepError where the log cannot be read. */
	async toTheEnd(): Promise<void> {
		await this.ask("end");
		this.unfinished = "";
	}

	/** The lines since the last call. @throws StepError where the log cannot be read; then it has to be begun anew. */
	async take(): Promise<string[]> {
		const text = await this.ask("take");
		const lines = (this.unfinished + text).split("\t");
		// Of a line that is just being written, the rest comes the next time.
		this.unfinished = lines.pop() ?? "";
		return lines;
	}

	private async ask(verb: "end" | "take"): Promise<string> {
		const answer = await this.process.ask(verb);
		if (answer === NO_LOG) throw new StepError(`there is no ${this.log} in ${this.container}`);
		return answer;
	}

	/** Ends the process in the container. */
	close(): void {
		this.process.close();
	}
}
