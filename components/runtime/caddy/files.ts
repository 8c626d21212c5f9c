import type { Engine } from "../docker/engine";
import { exec } from "../docker/exec";
import { StepError } from "../report";

/**
 * Writes a file in the proxy's container so that a reader sees the old text or the new, never a part: written beside,
 * forced to disk, renamed.
 *
 * @throws StepError with what the container said (a read-only volume, a full disk).
 */
export async function writeFileAtomically(
	engine: Engine,
	container: string,
	path: string,
	text: string,
): Promise<void> {
	// The text goes through the environment, where no character of it means anything to the shell.
	const script =
		'mkdir -p "$(dirname "$FILE")" && printf %s "$TEXT" > "$FILE.new" && sync "$FILE.new" && mv -f "$FILE.new" "$FILE"';
	const result = await exec(engine, container, ["sh", "-c", script], { FILE: path, TEXT: text });
	if (result.exitCode !== 0)
		throw new StepError(`cannot write ${path} in ${container}: ${result.stderr.trim()}`);
}

/** The text of a file in the proxy's container; undefined where there is none. */
export async function readFile(engine: Engine, container: string, path: string): Promise<string | undefined> {
	const result = await exec(engine, container, ["cat", path]);
	if (result.exitCode === 0) return result.stdout;
	if (/no such file/i.test(result.stderr)) return undefined;
	throw new StepError(`cannot read ${path} in ${container}: ${result.stderr.trim()}`);
}
