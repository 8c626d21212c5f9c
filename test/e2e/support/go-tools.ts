import path from "node:path";
import { cachedFile, hashFolder } from "../../../scripts/images/cache";
import { projectFolder } from "../../../scripts/lib/environment";
import { run } from "../../../scripts/lib/run";
import { findGo } from "../../../scripts/set-up/pulumi/build";

/** Folder in test/fixtures with a Go module, and the package in it. */
const TOOLS = {
	pebble: ["front-door", "github.com/letsencrypt/pebble/v2/cmd/pebble"],
	h3: ["front-door", "./h3"],
	registry: ["registry", "."],
} as const;

/** Whether the programs can be had: they are built from Go modules, and have no other source. */
export const hasGo = findGo() !== undefined;

/** A program of test/fixtures, built the first time and kept; its absolute path. */
export async function goTool(name: keyof typeof TOOLS): Promise<string> {
	const [folder, program] = TOOLS[name];
	const source = path.join(projectFolder, "test/fixtures", folder);
	const key = `${name}-${process.arch}-${(await hashFolder(source)).slice(0, 16)}`;
	return cachedFile(key, async (unfinished) => {
		await run(findGo() ?? "go", ["build", "-trimpath", "-buildvcs=false", "-o", unfinished, program], {
			what: `compiling ${name}`,
			cwd: source,
			env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "" },
			timeoutMs: 10 * 60_000,
			next: "It needs the Go module proxy. See: go env GOPROXY",
		});
	});
}
