import { projectFolder } from "../lib/environment";
import { Problem } from "../lib/problem";
import type { StackOfBackups } from "./stack";

/** Runs `pulumi` on the stack as a person would, its output straight to the screen. @throws Problem where it fails. */
export function pulumiFor({ name, env }: StackOfBackups): (...args: string[]) => Promise<void> {
	return async (...args) => {
		console.log(`\n$ pulumi ${args.join(" ")} --stack ${name}`);
		// Not a plain import: execa cannot be loaded by require(), which is what that would become.
		const { execa } = await import("execa");
		const { failed, exitCode } = await execa("pulumi", [...args, "--stack", name], {
			cwd: projectFolder,
			env,
			extendEnv: false,
			stdin: "ignore",
			stdout: "inherit",
			stderr: "inherit",
			reject: false,
			timeout: 30 * 60_000,
		});
		if (failed) throw new Problem(`pulumi ${args[0]} failed (exit code ${exitCode}). What it said is above.`);
	};
}
