import { readFileSync, readlinkSync } from "node:fs";

/**
 * What goes on at this moment, for a person who looks on: one line on Pulumi's display that the next one takes the place of.
 *
 * `pulumi.log` cannot say it from here: the process of a dynamic resource knows no engine, so what it logs is printed, and
 * stays. The engine's own interface can. Where Pulumi prints to no terminal, it would print every one of these lines, so
 * nothing is said.
 *
 * @param address Of the engine, as it gives it to its plugins.
 * @returns undefined where nobody looks on.
 */
export function statusLine(address: string | undefined): ((message: string) => void) | undefined {
	if (address === undefined || !printsToTerminal(process.ppid)) return undefined;
	try {
		const { credentials } = require("@grpc/grpc-js") as typeof import("@grpc/grpc-js");
		const { EngineClient } =
			require("@pulumi/pulumi/proto/engine_grpc_pb") as typeof import("@pulumi/pulumi/proto/engine_grpc_pb");
		const { LogRequest, LogSeverity } =
			require("@pulumi/pulumi/proto/engine_pb") as typeof import("@pulumi/pulumi/proto/engine_pb");
		const engine = new EngineClient(address, credentials.createInsecure());
		return (message) => {
			const request = new LogRequest();
			request.setSeverity(LogSeverity.INFO);
			request.setMessage(message);
			request.setEphemeral(true);
			// A line that does not arrive is missed by nobody: the next one comes.
			engine.log(request, () => undefined);
		};
	} catch {
		return undefined;
	}
}

/** Between the CLI and its plugin there may be a shell. */
const GENERATIONS = 3;

/** Whether the CLI that started this process prints to a terminal; false where that cannot be told. */
function printsToTerminal(parent: number): boolean {
	try {
		let pid = parent;
		for (let generation = 0; generation < GENERATIONS; generation++) {
			const [, name, after = ""] =
				/^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
			if (name === "pulumi") return /^\/dev\/(pts\/|tty|console)/.test(readlinkSync(`/proc/${pid}/fd/1`));
			pid = Number(after.split(" ")[1]);
		}
	} catch {
		// Not Linux, or it has ended.
	}
	return false;
}
