export interface AttemptOptions {
	/** After this the program is ended. */
	timeoutMs: number;
	/** Gets each line of both outputs as it comes. */
	onLine?: (line: string) => void;
	/** Ends the program early. */
	signal?: AbortSignal;
}

/** Runs a program whose failure is an answer too. Never throws: the result says whether it failed, and how. */
export async function attempt(program: string, args: readonly string[], options: AttemptOptions) {
	const { timeoutMs, onLine, signal } = options;
	// Not a plain import: execa cannot be loaded by require(), which is what that would become.
	const { execa } = await import("execa");
	const child = execa(program, args, {
		timeout: timeoutMs,
		reject: false,
		all: true,
		stdin: "ignore",
		...(signal ? { cancelSignal: signal } : {}),
	});
	if (onLine) for await (const line of child.iterable({ from: "all" })) onLine(line);
	return await child;
}

export async function onPath(program: string): Promise<boolean> {
	return !(await attempt("sh", ["-c", `command -v ${program}`], { timeoutMs: 5_000 })).failed;
}
