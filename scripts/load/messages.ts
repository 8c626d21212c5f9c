import type { CheckedOptions } from "./options";

/** What the caller says to the load process. */
export type ToLoad =
	| { type: "start"; options: CheckedOptions; file: string }
	| { type: "mark"; id: number; name: string; atEpochMs: number }
	| { type: "stop" };

/** What the load process says to the caller. The samples themselves go to the record file only. */
export type FromLoad =
	| { type: "ready" }
	| { type: "failing"; last: string }
	| { type: "marked"; id: number; atMs: number };
