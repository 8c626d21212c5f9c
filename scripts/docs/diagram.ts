import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** What a recorded `pulumi preview --json` says of one resource. */
interface Step {
	op: string;
	urn: string;
	newState?: { parent?: string };
}

/** @returns a Mermaid block. @throws Error where there is no diagram of that name. */
export function diagram(name: string, project: string): string {
	const lines = DIAGRAMS[name]?.(project);
	if (!lines) throw new Error(`there is no diagram ${name}; there are: ${Object.keys(DIAGRAMS).join(", ")}`);
	return ["```mermaid", ...lines, "```"].join("\n");
}

const DIAGRAMS: Record<string, (project: string) => string[]> = {
	resources: (project) => resourceTree(recorded(project, "first-deployment")),
	release: (project) => inOrder(recorded(project, "release")),
	stages: (project) => cutoverStages(project),
};

/** Previews of a real stack; `test/e2e/preview-comment.test.ts` makes them anew. */
function recorded(project: string, kind: string): Step[] {
	const file = path.join(project, "test/fixtures/previews", `${kind}.json`);
	return (JSON.parse(readFileSync(file, "utf8")) as { steps: Step[] }).steps;
}

/** Components and what each consists of, resources of one kind as one. */
function resourceTree(steps: readonly Step[]): string[] {
	const shown = steps.filter(({ urn }) => !urn.includes("pulumi:providers:"));
	const kinds = new Map<string, { from: string; to: string; count: number }>();
	for (const { urn, newState } of shown) {
		if (!newState?.parent) continue;
		const edge = { from: kindOf(newState.parent), to: kindOf(urn), count: 0 };
		const key = `${edge.from} ${edge.to}`;
		const seen = kinds.get(key) ?? edge;
		seen.count++;
		kinds.set(key, seen);
	}
	const leaf = (from: string, to: string) =>
		shown.some(({ newState }) => newState?.parent && kindOf(newState.parent) === to) ? to : `${from}_${to}`;
	return [
		"graph LR",
		...[...kinds.values()].map(
			({ from, to, count }) => `  ${from} --> ${leaf(from, to)}["${to}${count > 1 ? ` ×${count}` : ""}"]`,
		),
	];
}

/** "urn:pulumi:prod::shop::blue-green:index:BlueGreen$docker:index/container:Container::name" → "Container". */
function kindOf(urn: string): string {
	const type = urn.split("::")[2] ?? "";
	return (type.split("$").at(-1)?.split(":").at(-1) ?? type).replace(/[^A-Za-z]/g, "");
}

/** What one release does, in the order in which Pulumi does it; containers of one kind as one. */
function inOrder(steps: readonly Step[]): string[] {
	const texts = steps
		.filter(({ op, urn }) => op !== "same" && kindOf(urn) !== "RemoteImage" && kindOf(urn) !== "ColorSet")
		.map(
			({ op, urn }) =>
				`${op} ${(urn.split("::").at(-1) ?? "").replace(/^shop-prod-/, "").replace(/-\d+$/, "")}`,
		);
	const boxes = [...new Set(texts)];
	return [
		"graph LR",
		...boxes.map(
			(text, index) => `  s${index}["${text}"]${index > 0 ? `\n  s${index - 1} --> s${index}` : ""}`,
		),
	];
}

/** The stages in the order in which they stand in the source of the cutover, those that not every release has in round boxes. */
function cutoverStages(project: string): string[] {
	const file = path.join(project, "components/runtime/cutover.ts");
	const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
	const stages: { name: string; always: boolean }[] = [];
	const visit = (node: ts.Node, always: boolean): void => {
		if (ts.isCallExpression(node) && node.expression.getText() === "this.stage") {
			const [name] = node.arguments;
			if (name && ts.isStringLiteral(name)) stages.push({ name: name.text, always });
		}
		ts.forEachChild(node, (child) => visit(child, always && !ts.isIfStatement(node)));
	};
	visit(source, true);
	if (stages.length === 0) throw new Error(`${file} has no stages any more`);
	return [
		"graph LR",
		...stages.map(({ name, always }) => `  ${name}${always ? `["${name}"]` : `("${name}")`}`),
		...stages.slice(1).map(({ name }, index) => `  ${stages[index]?.name} --> ${name}`),
	];
}
