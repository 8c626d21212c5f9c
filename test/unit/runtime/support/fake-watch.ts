import type { Breach, Figures, Phase, Watch } from "../../../../components/runtime/watch/types";

const NOTHING: Figures = { requests: 0, errors: 0 };

/** A watch that says what a test tells it to; `phases` are those that were begun. */
export class FakeWatch implements Watch {
	readonly everyMs = 1;
	readonly phases: string[] = [];
	closed = false;
	seen = { blue: NOTHING, green: NOTHING };
	said: string | undefined;
	/** Phase in which something speaks against going on, and what. */
	breaches: Readonly<Record<string, Breach>> = {};

	begin({ name }: Phase): void {
		this.phases.push(name);
	}
	figures() {
		return this.seen;
	}
	async verdict(): Promise<Breach | undefined> {
		return this.breaches[this.phases.at(-1) ?? ""];
	}
	remark(): string | undefined {
		return this.said;
	}
	close(): void {
		this.closed = true;
	}
}
