import { Problem } from "../lib/problem";
import { run } from "../lib/run";
import { attempt } from "./attempt";

/** The label that tells what an image was built from, so that a second build can see that nothing changed. */
export const inputsLabel = "blue-green-local.inputs";

export interface ImageFacts {
	id: string;
	/** The value of `inputsLabel`; undefined on images that are not ours. */
	inputs: string | undefined;
}

/**
 * What the engine knows of the given tags; one call, whatever their number.
 *
 * @returns only the tags that are there. Throws Problem when no engine answers.
 */
export async function inspectImages(tags: readonly string[]): Promise<Map<string, ImageFacts>> {
	const result = await attempt("docker", ["image", "inspect", ...tags], { timeoutMs: 30_000 });
	const missingOnly = /no such image/i.test(result.stderr);
	if (result.failed && !missingOnly) throw engineProblem(result.stderr || result.shortMessage || "no answer");
	const facts = new Map<string, ImageFacts>();
	for (const image of JSON.parse(result.stdout || "[]") as InspectedImage[]) {
		for (const tag of image.RepoTags ?? []) {
			if (!tags.includes(tag)) continue;
			facts.set(tag, { id: image.Id, inputs: image.Config?.Labels?.[inputsLabel] });
		}
	}
	return facts;
}

interface InspectedImage {
	Id: string;
	RepoTags: string[] | null;
	Config: { Labels: Record<string, string> | null } | null;
}

function engineProblem(lastSeen: string): Problem {
	return new Problem(
		`No Docker Engine answers: ${lastSeen.trim()}\nStart it, then see that this works: docker info`,
	);
}

let builder: Promise<Record<string, string>> | undefined;

/**
 * The environment for `docker build`. BuildKit where the CLI has it, and then the engine's own builder, because another
 * one cannot see local base images; else the legacy builder.
 */
function builderEnvironment(): Promise<Record<string, string>> {
	builder ??= attempt("docker", ["buildx", "version"], { timeoutMs: 10_000 }).then(({ failed }) =>
		failed ? { DOCKER_BUILDKIT: "0" } : { DOCKER_BUILDKIT: "1", BUILDX_BUILDER: "default" },
	);
	return builder;
}

export interface Build {
	tag: string;
	/** The folder that holds the Dockerfile and all it copies. */
	context: string;
	buildArgs: Record<string, string>;
	inputs: string;
	/** "linux/arm64", for another processor than this machine's. */
	platform?: string;
}

/** Builds one image. Throws Problem with the last lines of the build. Limit: 10 minutes. */
export async function buildImage({ tag, context, buildArgs, inputs, platform }: Build): Promise<void> {
	const args = Object.entries(buildArgs).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
	if (platform !== undefined) args.push("--platform", platform);
	await run(
		"docker",
		["build", "--tag", tag, "--label", `${inputsLabel}=${inputs}`, ...args, ...proxyArgs(), context],
		{
			what: `building ${tag}`,
			timeoutMs: 600_000,
			env: { ...process.env, ...(await builderEnvironment()) },
			next: "A step that fetches packages needs a network inside of containers. See: docker network inspect bridge",
		},
	);
}

/** A build reaches the package servers the way this shell does. Named only: docker takes the value from its environment. */
function proxyArgs(): string[] {
	const names = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];
	return names.filter((name) => process.env[name]).flatMap((name) => ["--build-arg", name]);
}

/** Makes an image of a root file system. */
export async function importImage(tag: string, tar: string, inputs: string): Promise<void> {
	const change = ["--change", `LABEL ${inputsLabel}=${inputs}`, "--change", 'CMD ["bash"]'];
	await run("docker", ["import", ...change, tar, tag], { what: `importing ${tag}`, timeoutMs: 300_000 });
}
