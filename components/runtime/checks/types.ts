import type { Color } from "../../settings/schema";
import type { Engine } from "../docker/engine";
import type { PublicProxy } from "../public-side";
import type { Target } from "../steps";

/** What is checked, and where it is. */
export interface Subject {
	readonly engine: Engine;
	readonly color: Color;
	readonly version: string;
	readonly proxy: PublicProxy;
	/** Containers of the color. */
	readonly targets: readonly Target[];
	/** Longest time for one request that says nothing of it. */
	readonly timeoutMs: number;
}

/** How the color is reached: past the public choice, or by it. */
export interface Way {
	/** For people: "through the preview". */
	readonly name: string;
	/** Of the preview; empty: requests go where everybody's go. */
	readonly token: string;
	/** For every request. */
	readonly headers: Readonly<Record<string, string>>;
}

/** Why a check did not pass. */
export interface Fault {
	/** What was asked and what came of it: one line, or several. */
	readonly text: string;
	/** Whose log lines may say why; unset: any service's. */
	readonly service?: string;
}
