import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** The property's comment by its name, for one object of the schema. */
type Comments = ReadonlyMap<string, string>;

/** An object of the schema is known by the names of its properties, which JSON schema has, too. */
export function signature(names: readonly string[]): string {
	return [...names].sort().join(" ");
}

/**
 * The comments that stand over the settings in their zod schemas, so that each text stands once, where the setting is. A
 * property without a comment of its own has that of the constant that it is made of (`warmUp: warmUp.optional()`).
 *
 * @param folder of the schemas' TypeScript files.
 * @returns comments by the signature of the object.
 * @throws Error where two objects have the same names and different comments, and so cannot be told apart.
 */
export function settingComments(folder: string): ReadonlyMap<string, Comments> {
	const files = readdirSync(folder).filter((file) => file.endsWith(".ts"));
	const sources = files.map((file) =>
		ts.createSourceFile(file, readFileSync(path.join(folder, file), "utf8"), ts.ScriptTarget.Latest, true),
	);
	const result = new Map<string, Comments>();
	for (const source of sources) {
		const visit = (node: ts.Node): void => {
			const shape = isObjectSchema(node) ? node.arguments[0] : undefined;
			if (shape && ts.isObjectLiteralExpression(shape)) {
				const properties = propertiesOf(shape, source, sources);
				const key = signature([...properties.keys()]);
				const before = result.get(key);
				if (before && JSON.stringify([...before]) !== JSON.stringify([...properties]))
					throw new Error(
						`${source.fileName}: two objects have the settings ${key}, with different comments`,
					);
				result.set(key, properties);
			}
			ts.forEachChild(node, visit);
		};
		visit(source);
	}
	return result;
}

function isObjectSchema(node: ts.Node): node is ts.CallExpression {
	return (
		ts.isCallExpression(node) &&
		ts.isPropertyAccessExpression(node.expression) &&
		["strictObject", "extend"].includes(node.expression.name.text)
	);
}

function propertiesOf(
	shape: ts.ObjectLiteralExpression,
	source: ts.SourceFile,
	sources: readonly ts.SourceFile[],
): Map<string, string> {
	const result = new Map<string, string>();
	const call = shape.parent;
	// `release.extend({…})` has what `release` has.
	if (
		ts.isCallExpression(call) &&
		ts.isPropertyAccessExpression(call.expression) &&
		ts.isIdentifier(call.expression.expression) &&
		call.expression.name.text === "extend"
	) {
		const base = declarationOf(call.expression.expression.text, source, sources)?.initializer;
		const inner = base && isObjectSchema(base) ? base.arguments[0] : undefined;
		if (inner && ts.isObjectLiteralExpression(inner))
			for (const [name, comment] of propertiesOf(inner, source, sources)) result.set(name, comment);
	}
	for (const property of shape.properties) {
		if (ts.isSpreadAssignment(property)) {
			const spread = ts.isIdentifier(property.expression)
				? declarationOf(property.expression.text, source, sources)?.initializer
				: undefined;
			if (spread && ts.isObjectLiteralExpression(spread))
				for (const [name, comment] of propertiesOf(spread, source, sources)) result.set(name, comment);
			continue;
		}
		const name = property.name?.getText() ?? "";
		result.set(name, commentOf(property) ?? commentOf(constantOf(property, source, sources)) ?? "");
	}
	return result;
}

/** The constant that the value of a property begins with: `warmUp` of `warmUp.optional()`. */
function constantOf(
	property: ts.ObjectLiteralElementLike,
	source: ts.SourceFile,
	sources: readonly ts.SourceFile[],
): ts.Node | undefined {
	let value: ts.Node | undefined = ts.isPropertyAssignment(property) ? property.initializer : property.name;
	while (value && (ts.isCallExpression(value) || ts.isPropertyAccessExpression(value)))
		value = value.expression;
	if (!value || !ts.isIdentifier(value)) return undefined;
	const found = declarationOf(value.text, source, sources);
	// What is used for many settings says what kind of value it is, not what the setting does.
	if (found?.getSourceFile().fileName === "values.ts") return undefined;
	return found?.parent.parent;
}

/** In the same file first; constants of other files are known by their names alone. */
function declarationOf(
	name: string,
	source: ts.SourceFile,
	sources: readonly ts.SourceFile[],
): ts.VariableDeclaration | undefined {
	for (const file of [source, ...sources]) {
		for (const statement of file.statements) {
			if (!ts.isVariableStatement(statement)) continue;
			const found = statement.declarationList.declarations.find(
				(each) => ts.isIdentifier(each.name) && each.name.text === name,
			);
			if (found) return found;
		}
	}
	return undefined;
}

/** On one line. */
function commentOf(node: ts.Node | undefined): string | undefined {
	if (!node) return undefined;
	const comment = ts.getJSDocCommentsAndTags(node).find(ts.isJSDoc)?.comment;
	return ts.getTextOfJSDocComment(comment)?.replace(/\s+/g, " ").trim();
}
