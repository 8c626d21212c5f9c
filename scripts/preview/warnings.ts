import { stripVTControlCharacters } from "node:util";
import type { Change } from "./changes";
import type { Preview } from "./preview";
import type { Traffic } from "./traffic";

/** A part of a sentence: our own words, or text from elsewhere, which no markup may come from. */
export type Part = string | { readonly verbatim: string; readonly longest: number };

/** One sentence, by its parts. */
export type Warning = readonly Part[];

/** The same for a terminal: control characters of a text from elsewhere are taken out. */
export function warningText(warning: Warning): string {
	return warning
		.map((part) => (typeof part === "string" ? part : cut(plainLine(part.verbatim), part.longest)))
		.join("");
}

/** Text from elsewhere in one line, without control characters. */
export function plainLine(text: string): string {
	return stripVTControlCharacters(text).replaceAll(/\s+/g, " ").trim();
}

function cut(text: string, longest: number): string {
	return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function code(verbatim: string, longest = 200): Part {
	return { verbatim, longest };
}

/** What a person has to see before they say yes: one line each, the most dangerous first. */
export function warningsOf(preview: Preview, changes: readonly Change[], traffic: Traffic): Warning[] {
	return [
		...changes.flatMap((change) => servingContainer(change, traffic)),
		...changes.filter(isGone).flatMap(protectedResource),
		...databaseUpdates(preview, changes),
		...changes.flatMap(proxyReplacement),
		...messagesOf(preview, "warning")
			.filter((message) => message !== traffic.maintenance)
			.map((message) => [code(message, 500)]),
	];
}

/** The texts of a severity, each without the word for it and without empty ends; what was said twice is told once. */
export function messagesOf({ diagnostics }: Preview, severity: string): string[] {
	const texts = diagnostics
		.filter((one) => one.severity === severity)
		.map(({ message }) => message.replace(/^(info|warning|error): /, "").trim())
		.filter((message) => message !== "");
	return [...new Set(texts)];
}

function isGone({ kind }: Change): boolean {
	return kind === "replaced" || kind === "removed";
}

/** After the traffic has moved, the old color's containers may go; before, nothing that serves may. */
function servingContainer(change: Change, { serving, moves }: Traffic): Warning[] {
	const { kind, role, color, name } = change;
	if (role !== "service" || color === undefined || !serving.includes(color)) return [];
	if (kind === "replaced") return [["replaces a container that is serving now: ", code(name)]];
	if (kind !== "removed" || moves) return [];
	return [["removes a container that is serving now: ", code(name)]];
}

function protectedResource({ kind, name, protect }: Change): Warning[] {
	if (!protect) return [];
	const what = kind === "replaced" ? "replace" : "remove";
	return [[`would ${what} a protected resource, which Pulumi refuses: `, code(name)]];
}

/** In the program's own words, which say how long it will be away and whether requests wait. */
function databaseUpdates(preview: Preview, changes: readonly Change[]): Warning[] {
	const said = messagesOf(preview, "info").filter((message) =>
		/^database \S+: .*\bIt restarts\b/.test(message),
	);
	const gone = changes.filter((change) => change.group === "Databases" && isGone(change));
	const unsaid = gone.filter(
		({ database }) => !said.some((text) => text.startsWith(`database ${database}: `)),
	);
	return [
		...said.map((message) => [code(message, 500)]),
		...unsaid.map(({ kind, name }) => [
			kind === "removed" ? "removes a database: " : "replaces the container of a database: ",
			code(name),
		]),
	];
}

function proxyReplacement(change: Change): Warning[] {
	const { role, name, group } = change;
	if (role !== "proxy" || group !== "Containers" || !isGone(change)) return [];
	const why = change.properties.length > 0 ? [", because of ", code(change.properties.join(", "))] : [];
	const what =
		change.kind === "replaced"
			? "replaces the proxy, an outage until the new one listens: "
			: "removes the proxy: ";
	return [[what, code(name), ...why]];
}
