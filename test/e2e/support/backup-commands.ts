import { execa } from "execa";
import type { BackupRecord } from "../../../components/plan/backups";
import { projectFolder } from "../../../scripts/lib/environment";
import { engine } from "./docker";
import type { TestStack } from "./stack";

/** How one of the project's own commands ended. */
export interface CommandEnd {
	readonly exitCode: number | undefined;
	readonly stdout: string;
	readonly text: string;
}

/** Starts `npm run <script>` as a person would, without npm around it. */
export function startCommand(
	shop: TestStack,
	script: "backup" | "restore" | "promote" | "abort" | "status" | "history" | "logs",
	...args: string[]
) {
	return execa("node", ["--import", "tsx", `scripts/${script}.ts`, ...args, "--stack", shop.name], {
		cwd: projectFolder,
		env: shop.stack.workspace.envVars ?? {},
		stdin: "ignore",
		all: true,
		reject: false,
		timeout: 240_000,
	});
}

export async function command(
	shop: TestStack,
	script: "backup" | "restore" | "status" | "history" | "logs",
	...args: string[]
): Promise<CommandEnd> {
	const { exitCode, stdout, all } = await startCommand(shop, script, ...args);
	return { exitCode, stdout, text: all ?? "" };
}

/** @returns what it has taken. @throws Error where it failed. */
export async function backUp(shop: TestStack, ...args: string[]): Promise<BackupRecord[]> {
	const { exitCode, stdout, text } = await command(shop, "backup", "--json", ...args);
	if (exitCode !== 0) throw new Error(text);
	return JSON.parse(stdout) as BackupRecord[];
}

/** The folder of the stack's volume of backups on the host. */
export async function backupsFolder(shop: TestStack): Promise<string> {
	return (await engine.api.getVolume(shop.container("backups")).inspect()).Mountpoint;
}
