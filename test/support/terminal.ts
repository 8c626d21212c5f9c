import { spawn } from "node:child_process";
import { Terminal } from "@xterm/headless";

const COLUMNS = 120;
/** More than any of the project's commands prints, so that nothing scrolls away. */
const ROWS = 200;

export interface TerminalRun {
	/** Environment in place of this process's own, not in addition to it. */
	readonly env?: NodeJS.ProcessEnv;
	readonly cwd?: string;
	/** Each is typed, with Enter, once the screen shows what it waits for; in this order. */
	readonly answers?: readonly { readonly after: string; readonly type: string }[];
	/** Longest time for all of it, in ms. Default: 4 minutes. */
	readonly timeoutMs?: number;
}

/** What a person sees at the end, and what a script sees. */
export interface TerminalEnd {
	/** The screen when the command has ended, without trailing spaces and empty last lines. */
	readonly screen: string;
	readonly exitCode: number | null;
}

/**
 * Runs a command in a real pseudo-terminal (util-linux `script`), and reads its output as a terminal does: what was drawn
 * over is gone.
 *
 * @throws Error with the screen where it does not end in time.
 */
export async function runInTerminal(
	words: readonly string[],
	options: TerminalRun = {},
): Promise<TerminalEnd> {
	const { env = process.env, cwd, answers = [], timeoutMs = 240_000 } = options;
	const terminal = new Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true, convertEol: false });
	const line = `stty cols ${COLUMNS} rows ${ROWS}; exec ${words.map(quoted).join(" ")}`;
	const child = spawn("script", ["--quiet", "--return", "--command", line, "/dev/null"], {
		env: { ...env, TERM: "xterm-256color", SHELL: "/bin/sh" },
		cwd,
		stdio: ["pipe", "pipe", "inherit"],
	});
	const left = [...answers];
	let draws = Promise.resolve();
	child.stdout.on("data", (data: Buffer) => {
		draws = draws
			.then(() => new Promise<void>((drawn) => terminal.write(data, drawn)))
			.then(() => {
				const next = left[0];
				if (next === undefined || !screenOf(terminal).includes(next.after)) return;
				left.shift();
				child.stdin.write(`${next.type}\r`);
			});
	});
	// What is typed after the end goes nowhere, which the screen shows.
	child.stdin.on("error", () => undefined);
	let late = false;
	const timer = setTimeout(() => {
		late = true;
		child.kill("SIGTERM");
	}, timeoutMs);
	const exitCode = await new Promise<number | null>((resolve, reject) => {
		child.once("error", reject);
		child.once("close", resolve);
	}).finally(() => clearTimeout(timer));
	await draws;
	const screen = screenOf(terminal);
	terminal.dispose();
	if (late) throw new Error(`${words.join(" ")} did not end within ${timeoutMs} ms. The screen:\n${screen}`);
	return { screen, exitCode };
}

function quoted(word: string): string {
	return `'${word.replaceAll("'", "'\\''")}'`;
}

function screenOf({ buffer }: Terminal): string {
	const { active } = buffer;
	const rows = Array.from({ length: active.length }, (_, row) => active.getLine(row));
	// A line that the terminal has wrapped is one line.
	return rows
		.reduce((text, row) => {
			const part = row?.translateToString(true) ?? "";
			return row?.isWrapped ? text + part : `${text}\n${part}`;
		}, "")
		.trim();
}

/** A screen without what differs from run to run: times, ids, ports, and names that the test has chosen. */
export function normalized(screen: string, names: Readonly<Record<string, string>> = {}): string {
	const named = Object.entries(names).reduce((text, [name, word]) => text.replaceAll(name, word), screen);
	return named
		.replaceAll(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?/g, "DATE")
		.replaceAll(/\b\d\d:\d\d:\d\d\.\d{3}\b/g, "CLOCK")
		.replaceAll(/ *\b\d+(\.\d+)? (ms|s|min)\b/g, " TIME")
		.replaceAll(/(127\.0\.0\.1|localhost):\d+/g, "$1:PORT")
		.replaceAll(/\b[0-9a-f]{12,64}\b/g, "ID");
}
