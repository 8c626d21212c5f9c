import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { parse as parseYaml } from "yaml";
import { environmentFile, projectFolder, toolEnvironment } from "../lib/environment";
import { Problem } from "../lib/problem";
import { run } from "../lib/run";
import { type Preview, parsePreview, stackOf } from "./preview";

/** A preview, and how it went. */
export interface Source {
	/** Unset: `pulumi preview` has not got that far. */
	readonly preview?: Preview;
	/** "shop/prod". */
	readonly stack: string;
	readonly failed: boolean;
	/** What was said beside a preview that failed. */
	readonly error?: string;
}

/**
 * @param file Output of `pulumi preview --json`; "-": standard input. Unset: the preview is run now.
 * @param wanted Name of the stack. Default: the one that the preview is of, or that is selected.
 * @throws Problem where the input is something else, or does not say of which stack it is.
 */
export async function readSource(file: string | undefined, wanted: string | undefined): Promise<Source> {
	if (file === undefined) return runPreview(wanted);
	const given = file === "-" ? await text(process.stdin) : readGiven(file);
	const preview = parsePreview(given);
	const stack = stackOf(preview) ?? (wanted === undefined ? undefined : labelOf(wanted));
	if (stack === undefined)
		throw new Problem("The preview does not say of which stack it is.\nNext: say it, with --stack <name>");
	return { preview, stack, failed: hasErrors(preview) };
}

function readGiven(file: string): string {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		throw new Problem(`${file} cannot be read: ${(error as Error).message}`);
	}
}

/** A preview of many containers asks for each image, which may have to be looked up in a registry. */
const PREVIEW_MS = 10 * 60_000;

/**
 * `pulumi preview --json`.
 *
 * @param env For `pulumi`. Default: see `pulumiEnvironment`.
 * @param interrupted ends it.
 */
export async function runPreview(
	wanted: string | undefined,
	env: NodeJS.ProcessEnv = pulumiEnvironment(),
	interrupted?: AbortSignal,
): Promise<Source> {
	const name =
		wanted ??
		(await run("pulumi", ["stack", "--show-name"], {
			what: "reading which stack is selected",
			cwd: projectFolder,
			env,
		}));
	// Not a plain import: execa cannot be loaded by require(), which is what that would become.
	const { execa } = await import("execa");
	const result = await execa("pulumi", ["preview", "--json", "--non-interactive", "--stack", name], {
		cwd: projectFolder,
		env,
		extendEnv: false,
		stdin: "ignore",
		reject: false,
		timeout: PREVIEW_MS,
		...(interrupted && { cancelSignal: interrupted }),
	});
	const preview = previewIn(result.stdout);
	const failed = result.failed || preview === undefined || hasErrors(preview);
	const late = result.timedOut ? [`It took longer than ${PREVIEW_MS / 60_000} minutes and was stopped.`] : [];
	const said = [...late, result.stderr, ...(preview ? [] : [result.stdout]), notStarted(result)];
	return {
		...(preview && { preview }),
		stack: stackOf(preview ?? NOTHING) ?? labelOf(name),
		failed,
		...(failed && { error: said.filter(Boolean).join("\n") }),
	};
}

const NOTHING: Preview = { steps: [], diagnostics: [], whole: undefined };

function previewIn(stdout: string): Preview | undefined {
	try {
		return parsePreview(stdout);
	} catch {
		return undefined;
	}
}

/** "pulumi: not found"; empty where it has run. */
function notStarted({
	exitCode,
	message,
}: {
	readonly exitCode?: number | undefined;
	readonly message?: string | undefined;
}): string {
	return exitCode === undefined && message !== undefined ? message : "";
}

function hasErrors({ diagnostics }: Preview): boolean {
	return diagnostics.some(({ severity }) => severity === "error");
}

/** As Pulumi names it in URNs and we on labels: "shop/prod"; `name` may begin with an organization. */
function labelOf(name: string): string {
	const { name: project } = parseYaml(readFileSync(path.join(projectFolder, "Pulumi.yaml"), "utf8")) as {
		name: string;
	};
	return `${project}/${name.split("/").at(-1)}`;
}

/** The shell's own where it names a backend or has logged in by a token, as build servers do; else that of scripts/setup. */
function pulumiEnvironment(): NodeJS.ProcessEnv {
	const { PULUMI_BACKEND_URL, PULUMI_ACCESS_TOKEN } = process.env;
	const own = PULUMI_BACKEND_URL !== undefined || PULUMI_ACCESS_TOKEN !== undefined;
	if (!existsSync(environmentFile())) return process.env;
	const set = toolEnvironment();
	// The shell's own CLI, where it has one.
	return own ? { ...process.env, PATH: `${process.env.PATH}:${set.PATH}` } : set;
}
