/** Lines of a Caddyfile, one level in. */
export function indent(lines: readonly string[]): string[] {
	return lines.map((line) => `\t${line}`);
}

/** Named lines that other places of the Caddyfile import. */
export function snippet(name: string, lines: readonly string[]): string[] {
	return [`(${name}) {`, ...indent(lines), "}", ""];
}
