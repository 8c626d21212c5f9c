/** The load process: does what its caller says over the IPC channel, and ends by itself when that caller is gone. */
import { setPriority } from "node:os";
import type { FromLoad, ToLoad } from "./messages";
import { type RunningLoad, runLoad } from "./runner";

// On a busy machine the client's own delays would be counted as the server's. Only root may; without it all works too.
try {
	setPriority(-10);
} catch {}

let load: RunningLoad | undefined;
let ready = false;

function say(message: FromLoad): void {
	if (process.connected) process.send?.(message);
}

process.on("message", (message: ToLoad) => {
	if (message.type === "start") {
		load = runLoad(message.options, message.file, (sample) => {
			if (ready) return;
			ready = sample.kind === undefined;
			say(ready ? { type: "ready" } : { type: "failing", last: `${sample.kind}: ${sample.detail}` });
		});
		void load.finished.then(() => process.disconnect?.());
	} else if (message.type === "mark") {
		say({ type: "marked", id: message.id, atMs: load?.mark(message.name, message.atEpochMs) ?? Number.NaN });
	} else {
		load?.stop("stop");
	}
});
process.on("disconnect", () => load?.stop("caller gone"));
// ^C in a terminal reaches the whole process group. The caller decides what it means; its end is noticed above.
process.on("SIGINT", () => {});
