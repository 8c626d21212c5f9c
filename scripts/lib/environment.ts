import { readFileSync } from "node:fs";
import path from "node:path";
import { Problem } from "./problem";

/** The variables that `pulumi` needs to work on this project's stacks; written by scripts/setup, see `environmentFile`. */
export interface Environment {
	/** Folders that come first in PATH. */
	path: string[];
	set: Record<string, string>;
	/** Variables of the person's own shell that would get in the way, such as another stack's passphrase. */
	unset: string[];
}

/** The folder that holds Pulumi.yaml. */
export const projectFolder = path.resolve(__dirname, "../..");

/** @returns where scripts/setup keeps the environment of a project. */
export function environmentFile(project: string = projectFolder): string {
	return path.join(project, ".state", "environment.json");
}

/**
 * This process's environment with what `pulumi` needs for this project; for child processes and the Automation API.
 *
 * @throws Problem when scripts/setup has not run yet.
 */
export function toolEnvironment(project: string = projectFolder): NodeJS.ProcessEnv {
	return applyEnvironment(process.env, readEnvironment(project));
}

/** @returns a copy of `base` with the changes of `environment`. Folders that PATH has already are not added again. */
export function applyEnvironment(base: NodeJS.ProcessEnv, environment: Environment): NodeJS.ProcessEnv {
	const result: NodeJS.ProcessEnv = { ...base, ...environment.set };
	for (const name of environment.unset) delete result[name];
	const present = (base.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
	const added = environment.path.filter((folder) => !present.includes(folder));
	result.PATH = [...added, ...present].join(path.delimiter);
	return result;
}

function readEnvironment(project: string): Environment {
	const file = environmentFile(project);
	try {
		return JSON.parse(readFileSync(file, "utf8")) as Environment;
	} catch (error) {
		const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
		throw new Problem(
			`${missing ? "This project is not set up yet" : `${file} cannot be read`}: run scripts/setup first.`,
		);
	}
}
