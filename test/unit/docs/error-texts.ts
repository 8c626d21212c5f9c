import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { projectFolder } from "../../../scripts/lib/environment";

/** A place where something is said to a person that went wrong. */
export interface ErrorSite {
	/** "components/runtime/drain.ts: what it hands over", on one line. */
	readonly place: string;
	/** What it says; "…" for what is put in. Empty where another function makes all of it. */
	readonly text: string;
}

/** For the makers of this project: its own tests and measurements, and mistakes in the program itself. */
const NOT_FOR_PEOPLE = /^scripts\/(bench|toolchain|docs|load|demo)|\.d\.ts$/;

/** Errors that are shown to people by their names. */
const SHOWN = /^(pulumi\.)?(StepError|MovedBackError|RunError|Problem|Unchanged|InvalidArgumentError)$/;

/** Where a plain Error becomes a part of what is shown; elsewhere it is a bug's. */
const SHOWS_ALL = /^components\/runtime\//;

/** @returns every error for people, and every warning, of the components and the commands. */
export function errorSites(): ErrorSite[] {
	const files = ["components", "scripts"]
		.flatMap((folder) =>
			readdirSync(path.join(projectFolder, folder), { recursive: true, encoding: "utf8" }).map((file) =>
				path.join(folder, file),
			),
		)
		.filter((file) => file.endsWith(".ts") && !file.includes("node_modules") && !NOT_FOR_PEOPLE.test(file))
		.sort();
	return files.flatMap((file) => {
		const sites: ErrorSite[] = [];
		const source = ts.createSourceFile(
			file,
			readFileSync(path.join(projectFolder, file), "utf8"),
			ts.ScriptTarget.Latest,
			true,
		);
		const visit = (node: ts.Node): void => {
			const [said] = argumentsOf(node, SHOWS_ALL.test(file));
			if (said) {
				const place = `${file}: ${said.getText().replace(/\s+/g, " ")}`;
				sites.push({ place, text: plain(textOf(said)) });
			}
			ts.forEachChild(node, visit);
		};
		visit(source);
		return sites;
	});
}

function argumentsOf(node: ts.Node, plainToo: boolean): readonly ts.Expression[] {
	if (ts.isNewExpression(node)) {
		const name = node.expression.getText();
		return SHOWN.test(name) || (plainToo && name === "Error") ? (node.arguments ?? []) : [];
	}
	const warns =
		ts.isCallExpression(node) &&
		ts.isPropertyAccessExpression(node.expression) &&
		node.expression.name.text === "warn";
	return warns ? node.arguments : [];
}

function textOf(node: ts.Node): string {
	if (ts.isStringLiteralLike(node)) return node.text;
	if (ts.isTemplateExpression(node))
		return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join("");
	if (ts.isBinaryExpression(node)) return textOf(node.left) + textOf(node.right);
	if (ts.isConditionalExpression(node)) return `${textOf(node.whenTrue)} ${textOf(node.whenFalse)}`;
	if (ts.isArrayLiteralExpression(node)) return node.elements.map(textOf).join(" ");
	if (ts.isSpreadElement(node) || ts.isParenthesizedExpression(node)) return textOf(node.expression);
	// `[…].join("\n")`; of what else is called nothing is known.
	if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
		const { expression } = node.expression;
		return ts.isArrayLiteralExpression(expression) ||
			ts.isPropertyAccessExpression(expression) ||
			ts.isCallExpression(expression)
			? textOf(expression)
			: "…";
	}
	return "…";
}

/** As the runbook writes it: on one line, without backticks. Empty where there is nothing but what is put in. */
export function plain(text: string): string {
	const line = text.replaceAll("`", "").replace(/\s+/g, " ").trim();
	return /[a-z]{3}/i.test(line) ? line : "";
}
