import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { applyEnvironment, type Environment } from "../lib/environment";
import { Problem } from "../lib/problem";
import { run } from "../lib/run";
import { writeAtomically } from "./artifact";
import type { Report } from "./paths";
import { projectName, stacksIn } from "./state";

/** The stack that the demo uses and that a person can try things on. */
export const stackName = "local";

/** The images that stand in the stack's settings. `shop` is a template with {service} and {version}. */
export type ImageNames = Readonly<Record<"postgres" | "redis" | "caddy" | "shop", string>>;

/**
 * Makes the stack's settings, Pulumi.local.yaml, from the template with this machine's images. An existing file is the
 * person's own and stays as it is.
 *
 * @throws Problem when there is no template, or when it names an image that there is not.
 */
export function ensureSettings(project: string, images: ImageNames, report: Report): void {
	const file = settingsFile(project);
	if (existsSync(file)) return;
	writeAtomically(file, localSettings(project, images));
	report(`made ${path.basename(file)}, the settings of the stack ${stackName}`);
}

/** The text of the template with this machine's images. @throws Problem as `ensureSettings` does. */
export function localSettings(project: string, images: ImageNames): string {
	const template = path.join(project, "scripts", "local", path.basename(settingsFile(project)));
	if (!existsSync(template)) throw new Problem(`${template} is missing: get it back with git checkout.`);
	return readFileSync(template, "utf8").replace(/\{\{(\w+)\}\}/g, (placeholder, name: string) => {
		const image = images[name as keyof ImageNames];
		if (!image) throw new Problem(`${template} names the image ${placeholder}, which there is not.`);
		return image;
	});
}

/**
 * Makes the stack, and selects it where no stack of this project is selected, so that a plain `pulumi up` works.
 *
 * @throws Problem when Pulumi refuses.
 */
export async function ensureStack(project: string, environment: Environment, report: Report): Promise<void> {
	const env = applyEnvironment(process.env, environment);
	const pulumi = (what: string, ...args: string[]) =>
		run("pulumi", [...args, "--non-interactive"], { what, cwd: project, env, timeoutMs: 120_000 });
	if (!stacksIn(project).includes(stackName)) {
		dropOldSalt(project, report);
		report(`making the stack ${stackName}`);
		await pulumi(`Making the stack ${stackName}`, "stack", "init", stackName);
	} else if (!selectedStack(project, env)) {
		report(`selecting the stack ${stackName}`);
		await pulumi(`Selecting the stack ${stackName}`, "stack", "select", stackName);
	}
}

/** @returns the stack that `pulumi` takes without --stack, from the CLI's own notes on this project. */
export function selectedStack(project: string, env: NodeJS.ProcessEnv): string | undefined {
	const home = env.PULUMI_HOME || path.join(homedir(), ".pulumi");
	const id = createHash("sha1").update(path.join(project, "Pulumi.yaml")).digest("hex");
	const file = path.join(home, "workspaces", `${projectName(project)}-${id}-workspace.json`);
	if (!existsSync(file)) return undefined;
	const notes = JSON.parse(readFileSync(file, "utf8")) as { stack?: string; stacks?: Record<string, string> };
	return notes.stacks?.[env.PULUMI_BACKEND_URL ?? ""] ?? notes.stack;
}

/**
 * Settings outlive a state that was removed, with the salt of a passphrase that is gone: Pulumi would refuse them.
 * Without secrets in them nothing is lost by a new salt.
 */
function dropOldSalt(project: string, report: Report): void {
	const file = settingsFile(project);
	const content = existsSync(file) ? readFileSync(file, "utf8") : "";
	if (!/^encryptionsalt:/m.test(content)) return;
	if (/^\s+secure:/m.test(content)) return;
	writeAtomically(file, content.replace(/^encryptionsalt:.*\n?/m, ""));
	report(`${path.basename(file)} was of a stack that is gone: its old encryption salt is removed`);
}

function settingsFile(project: string): string {
	return path.join(project, `Pulumi.${stackName}.yaml`);
}
