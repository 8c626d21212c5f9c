import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fromMarkdown } from "mdast-util-from-markdown";
import { projectFolder } from "../../../scripts/lib/environment";

/** A block of commands that a person is to type. */
export interface CommandBlock {
	/** "docs/front-door.md:18" */
	readonly place: string;
	readonly commands: string;
	/** Why the test of the docs does not run it; what stands in `<!-- not run: … -->` right before the block. */
	readonly notRun?: string;
}

/** @returns every `sh` block of README.md and docs, in the order of the pages. */
export function commandBlocks(): CommandBlock[] {
	const docs = readdirSync(path.join(projectFolder, "docs")).filter((file) => file.endsWith(".md"));
	return ["README.md", ...docs.sort().map((file) => `docs/${file}`)].flatMap((file) =>
		blocksIn(readFileSync(path.join(projectFolder, file), "utf8"), file),
	);
}

export function blocksIn(page: string, file: string): CommandBlock[] {
	const { children } = fromMarkdown(page);
	return children.flatMap((node, index): CommandBlock[] => {
		if (node.type !== "code" || !["sh", "bash", "shell", "console"].includes(node.lang ?? "")) return [];
		const before = children[index - 1];
		const mark = before?.type === "html" ? /^<!-- not run: (.+) -->$/s.exec(before.value.trim()) : null;
		return [
			{
				place: `${file}:${node.position?.start.line}`,
				commands: node.value,
				...(mark?.[1] && { notRun: mark[1] }),
			},
		];
	});
}
