/** `npm run docs:generate`: writes what is made from source: the settings' reference and JSON schema, and the diagrams. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { generatedFiles } from "./docs/pages";
import { projectFolder } from "./lib/environment";

for (const [file, text] of generatedFiles(projectFolder)) {
	const target = path.join(projectFolder, file);
	if (present(target) === text) continue;
	mkdirSync(path.dirname(target), { recursive: true });
	writeFileSync(target, text);
	console.log(`wrote ${file}`);
}

function present(file: string): string | undefined {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw error;
	}
}
