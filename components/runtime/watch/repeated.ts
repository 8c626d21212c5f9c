/** What one run of a check says. */
export type CheckResult =
	| { readonly state: "well" }
	/** Against the color. */
	| { readonly state: "breach"; readonly text: string }
	/** It could not be asked. */
	| { readonly state: "unknown"; readonly reason: string };

/** In a row, and never an answer before: then what is not known speaks against going on. */
const UNKNOWN_FOR_GOOD = 3;

/** A check beside the counting, that is run again and again while the counting goes on: never two runs at once. */
export class Repeated {
	/** Of the phase. */
	private breach: string | undefined;
	private lastUnknown: string | undefined;
	private failures = 0;
	/** Runs that said something, ever, and in this phase. */
	private heard = 0;
	private heardNow = 0;
	private running = false;
	private stopped = true;

	/**
	 * @param what For people: "the query rate(errors) at http://…".
	 * @param run Never throws.
	 * @param warn Called with the reason when it could not be asked for the first time.
	 */
	constructor(
		readonly what: string,
		private readonly run: () => Promise<CheckResult>,
		private readonly everyMs: number,
		private readonly warn: (message: string) => void,
	) {}

	/** Begins to run it, for a new phase. */
	begin(): void {
		this.breach = undefined;
		this.heardNow = 0;
		this.stopped = false;
		// What still runs goes on: it may be the first to tell of the new phase.
		if (!this.running) void this.loop();
	}

	stop(): void {
		this.stopped = true;
	}

	/** @param over Whether the phase is: what could never be asked then speaks against going on. */
	complaint(over: boolean): string | undefined {
		if (this.breach !== undefined) return this.breach;
		if (!over || this.heard > 0 || this.failures < UNKNOWN_FOR_GOOD) return undefined;
		return `${this.what} could not be asked, ${this.failures} times: ${this.lastUnknown}`;
	}

	/** What a person has to know at the end of a phase. */
	remark(): string | undefined {
		if (this.heardNow > 0) return undefined;
		const why =
			this.lastUnknown === undefined ? "has not ended yet" : `could not be asked: ${this.lastUnknown}`;
		return `${this.what} ${why}`;
	}

	private async loop(): Promise<void> {
		this.running = true;
		while (!this.stopped) {
			const started = performance.now();
			this.note(await this.run());
			const leftMs = this.everyMs - (performance.now() - started);
			await new Promise((resolve) => setTimeout(resolve, Math.max(0, leftMs)).unref());
		}
		this.running = false;
	}

	private note(result: CheckResult): void {
		if (result.state === "unknown") {
			if (this.lastUnknown === undefined) this.warn(`${this.what} could not be asked: ${result.reason}`);
			this.lastUnknown = result.reason;
			this.failures++;
			return;
		}
		this.heard++;
		this.heardNow++;
		this.failures = 0;
		this.lastUnknown = undefined;
		if (result.state === "breach") this.breach ??= result.text;
	}
}
