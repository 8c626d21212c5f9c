import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { projectFolder } from "../../../scripts/lib/environment";
import type { TestStack } from "./stack";

/**
 * Runs one of the project's commands on a real terminal, which util-linux's `script` makes, 160 columns wide. One that does
 * not end by itself gets ^C after 10 s.
 */
export async function onTerminal(shop: TestStack, script: string, ...args: string[]) {
	const words = [
		"timeout",
		"--preserve-status",
		"--signal",
		"INT",
		"10",
		"node",
		"--import",
		"tsx",
		`scripts/${script}.ts`,
		"--stack",
		shop.name,
		...args,
	];
	const run = `stty cols 160 rows 50; ${words.join(" ")}`;
	const { stdout, exitCode } = await execa("script", ["--quiet", "--return", "--command", run, "/dev/null"], {
		cwd: projectFolder,
		env: { ...shop.stack.workspace.envVars, TERM: "xterm-256color", NO_COLOR: "" },
		stdin: "ignore",
		reject: false,
		timeout: 60_000,
	});
	const raw = stdout.replaceAll("\r\n", "\n");
	return { raw, text: stripVTControlCharacters(raw), exitCode };
}
