import { cp, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { projectFolder } from "../lib/environment";
import { Problem } from "../lib/problem";
import { run } from "../lib/run";
import { PLAIN, packageManifest, type SourceManifest } from "./manifest";

const components = path.join(projectFolder, "components");
/** Measured: 10 s on an idle machine of 2 cores. */
const COMPILE_MS = 5 * 60_000;

/**
 * Compiles the components and lays the npm package out in a folder. Never into the sources: there, the name of the
 * package leads to the TypeScript, and a forgotten build would run old code.
 *
 * @param out What was there before is removed, if it was such a package or nothing.
 * @throws Problem with the compiler's own lines, or where the folder holds something else.
 */
export async function buildPackage(out: string): Promise<SourceManifest> {
	const folder = path.resolve(projectFolder, out);
	const source = JSON.parse(await readFile(path.join(components, "package.json"), "utf8")) as SourceManifest;
	await removeBuilt(folder, source.name);
	const compiler = require.resolve("typescript/bin/tsc");
	// Beside, and renamed at the end: what is in the folder is whole.
	const unfinished = `${folder}.unfinished`;
	await rm(unfinished, { recursive: true, force: true });
	await run(process.execPath, [compiler, "--project", "tsconfig.package.json", "--outDir", unfinished], {
		what: "compiling the components",
		cwd: projectFolder,
		timeoutMs: COMPILE_MS,
		next: "Next: npm run check",
	});
	for (const file of [...PLAIN, "README.md"])
		await cp(path.join(components, file), path.join(unfinished, file));
	await cp(path.join(projectFolder, "LICENSE"), path.join(unfinished, "LICENSE"));
	const manifest = `${JSON.stringify(packageManifest(source), null, "\t")}\n`;
	await writeFile(path.join(unfinished, "package.json"), manifest);
	await rename(unfinished, folder);
	return source;
}

async function removeBuilt(folder: string, name: string): Promise<void> {
	const manifest = await readFile(path.join(folder, "package.json"), "utf8").catch(() => undefined);
	const built = manifest !== undefined && (JSON.parse(manifest) as { name?: unknown; private?: unknown });
	if (built && built.name === name && built.private === undefined)
		return rm(folder, { recursive: true, force: true });
	await rm(folder, { recursive: false }).catch((error: NodeJS.ErrnoException) => {
		if (error.code === "ENOENT") return;
		throw new Problem(
			`${folder} holds something else than a built package; nothing was removed.\nNext: npm run build:package -- --out <another folder>`,
		);
	});
}
