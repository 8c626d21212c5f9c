import { randomBytes } from "node:crypto";
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	statSync,
	writeFileSync,
} from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";
import { type Environment, environmentFile } from "../lib/environment";
import { Problem } from "../lib/problem";
import { writeAtomically } from "./artifact";
import type { Report } from "./paths";
import type { Toolchain } from "./pulumi/toolchain";

/** Where a project keeps its stacks' state and the passphrase of their secrets: no account and no server is needed. */
export interface State {
	folder: string;
	/** For PULUMI_BACKEND_URL. */
	url: string;
	passphraseFile: string;
}

/** @returns where the state of a project is; makes nothing. */
export function stateOf(project: string): State {
	const folder = path.join(project, ".state");
	return { folder, url: pathToFileURL(folder).href, passphraseFile: path.join(project, ".passphrase") };
}

/**
 * Makes the folder for the state, and a passphrase of 32 random bytes that only its owner can read. What is there stays.
 *
 * @throws Problem when there are stacks but the passphrase that encrypts their secrets is missing.
 */
export function ensureState(project: string, report: Report): State {
	const state = stateOf(project);
	mkdirSync(state.folder, { recursive: true });
	if (!existsSync(state.passphraseFile)) {
		refuseLostPassphrase(project, state);
		// "wx" never overwrites, whoever else makes one at the same moment.
		const passphrase = randomBytes(32).toString("base64url");
		writeFileSync(state.passphraseFile, passphrase, { mode: 0o600, flag: "wx" });
		report(`made a passphrase for the secrets of this project's stacks: ${state.passphraseFile}`);
	}
	if (readFileSync(state.passphraseFile, "utf8").trim() === "") {
		throw new Problem(
			`${state.passphraseFile} is empty. Put the passphrase of this project's stacks there; if there are none, remove it.`,
		);
	}
	if ((statSync(state.passphraseFile).mode & 0o077) !== 0) {
		chmodSync(state.passphraseFile, 0o600);
		report(`${state.passphraseFile} could be read by others; now only by you`);
	}
	return state;
}

/** @returns the names of a project's stacks, from the files of Pulumi's file backend. */
export function stacksIn(project: string): string[] {
	const folder = path.join(stateOf(project).folder, ".pulumi", "stacks", projectName(project));
	if (!existsSync(folder)) return [];
	return readdirSync(folder)
		.map((file) => /^(.+)\.json(\.gz)?$/.exec(file)?.[1])
		.filter((name): name is string => name !== undefined)
		.sort();
}

/** @returns the name in Pulumi.yaml. */
export function projectName(project: string): string {
	const file = path.join(project, "Pulumi.yaml");
	const name = (parse(readFileSync(file, "utf8")) as { name?: unknown } | null)?.name;
	if (typeof name !== "string") throw new Problem(`${file} has no name.`);
	return name;
}

/** Writes what `pulumi` needs in its environment; see scripts/lib/environment.ts for who reads it. */
export function writeEnvironment(project: string, toolchain: Toolchain, state: State): Environment {
	const set: Record<string, string> = {
		PULUMI_BACKEND_URL: state.url,
		PULUMI_CONFIG_PASSPHRASE_FILE: state.passphraseFile,
		PULUMI_SKIP_UPDATE_CHECK: "true",
	};
	if (toolchain.home !== undefined) set.PULUMI_HOME = toolchain.home;
	if (process.env.DOCKER_HOST) set.DOCKER_HOST = process.env.DOCKER_HOST;
	// A passphrase in the person's shell is another stack's, and would win over the file.
	const environment: Environment = { path: toolchain.path, set, unset: ["PULUMI_CONFIG_PASSPHRASE"] };
	writeAtomically(environmentFile(project), `${JSON.stringify(environment, null, "\t")}\n`);
	return environment;
}

function refuseLostPassphrase(project: string, state: State): void {
	const stacks = stacksIn(project);
	if (stacks.length === 0) return;
	throw new Problem(
		[
			`${state.passphraseFile} is missing, but it encrypts the secrets of these stacks: ${stacks.join(", ")}.`,
			"Put it back from where you keep it. If it is lost, the stacks' secrets are too; to start anew:",
			`  remove the stacks' containers, networks and volumes, then: rm -r ${state.folder}`,
		].join("\n"),
	);
}
