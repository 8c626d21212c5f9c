import { styleText } from "node:util";
import type { LogLine } from "../../components/runtime/logs/lines";

/** Those that are easy to tell apart, and read on light and dark; red is left to what is wrong. */
const STYLES = ["cyan", "yellow", "magenta", "green", "blue", "white"] as const;

/**
 * Lines with the name of their replica in front, one width for all that were seen: "blue-web-1  | text".
 *
 * @param prefix Of the stack; left away from the names.
 * @param colored Each replica gets a color of its own.
 */
export class LogPrinter {
	private readonly seen: string[] = [];
	private width = 0;

	constructor(
		private readonly prefix: string,
		private readonly colored: boolean,
	) {}

	/** Names that are known before the first line, so that all lines have one width. */
	expect(containers: readonly string[]): void {
		for (const container of containers) this.nameOf(container);
	}

	print(lines: readonly LogLine[]): string {
		return lines.map((line) => `${this.head(line.container)} ${line.text}\n`).join("");
	}

	private head(container: string): string {
		const head = `${this.nameOf(container).padEnd(this.width)} |`;
		const style = STYLES[this.seen.indexOf(container) % STYLES.length] ?? "white";
		return this.colored ? styleText(style, head, { validateStream: false }) : head;
	}

	private nameOf(container: string): string {
		const name = container.startsWith(`${this.prefix}-`)
			? container.slice(this.prefix.length + 1)
			: container;
		if (!this.seen.includes(container)) this.seen.push(container);
		this.width = Math.max(this.width, name.length);
		return name;
	}
}
