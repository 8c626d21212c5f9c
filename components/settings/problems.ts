/** Something wrong with the settings, said so that a person can mend it. */
export interface Problem {
	/** Where: ["services", "web", "port"]. */
	readonly path: readonly (string | number)[];
	/** What is wrong and what is allowed, one or more whole sentences. */
	readonly reason: string;
	/** Command lines that mend it, in order. */
	readonly fix: readonly string[];
}

/** `services.web.ports[0]`, as `pulumi config set --path` wants it. */
export function pathText(path: readonly (string | number)[]): string {
	return path
		.map((part, index) => {
			if (typeof part === "number") return `[${part}]`;
			if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(part)) return `["${part}"]`;
			return index === 0 ? part : `.${part}`;
		})
		.join("");
}

/** The command that sets `path`, encrypted under `secrets`; `value` is put in as the shell needs it. */
export function setCommand(path: readonly (string | number)[], value: string): string {
	const shown =
		/^[A-Za-z0-9_./:@<>=-]+$/.test(value) && !/[<>]/.test(value)
			? value
			: `'${value.replaceAll("'", "'\\''")}'`;
	return `pulumi config set ${path[0] === "secrets" ? "--secret " : ""}${pathArgument(path)} ${shown}`;
}

/** The command that removes `path`. */
export function removeCommand(path: readonly (string | number)[]): string {
	return `pulumi config rm ${pathArgument(path)}`;
}

function pathArgument(path: readonly (string | number)[]): string {
	const shown = pathText(path);
	const quoted = /[[\]"]/.test(shown) ? `'${shown}'` : shown;
	return path.length === 1 ? quoted : `--path ${quoted}`;
}

/** All problems in one text; `stack` is named so that the person knows which file to look at. */
export function renderProblems(problems: readonly Problem[], stack: string): string {
	const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
	const blocks = problems.map(({ path, reason, fix }) =>
		[`  ${pathText(path)}: ${reason}`, ...fix.map((line) => `      ${line}`)].join("\n"),
	);
	return [`${count} in the settings of stack ${stack}; nothing was touched.`, ...blocks].join("\n");
}
