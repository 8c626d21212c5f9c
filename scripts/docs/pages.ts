import { readFileSync } from "node:fs";
import path from "node:path";
import { diagram } from "./diagram";
import { describedSettings, stackFileSchema } from "./schema";
import { settingsPage } from "./settings-page";

/** @returns the text of every file that is made from source, by its path in the project. */
export function generatedFiles(project: string): ReadonlyMap<string, string> {
	const howItWorks = "docs/how-it-works.md";
	return new Map([
		["docs/settings.md", settingsPage(describedSettings(project))],
		["schema/stack.schema.json", `${JSON.stringify(stackFileSchema(project), undefined, "\t")}\n`],
		[howItWorks, withDiagrams(readFileSync(path.join(project, howItWorks), "utf8"), project)],
	]);
}

/** Puts each diagram between its two marks; what stands around them is written by people. */
function withDiagrams(page: string, project: string): string {
	return page.replace(
		/(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- \/generated -->)/g,
		(_, begin: string, name: string, end: string) => `${begin}\n${diagram(name, project)}\n\n${end}`,
	);
}
