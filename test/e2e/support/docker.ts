import { Engine } from "../../../components/runtime/docker/engine";
import { exec } from "../../../components/runtime/docker/exec";

export const engine = new Engine();

/** Ids of running containers whose names begin so, by name. */
export async function idsOf(prefix: string): Promise<Record<string, string>> {
	const all = await engine.api.listContainers({ filters: { name: [prefix] } });
	return Object.fromEntries(all.map(({ Names, Id }) => [Names[0]?.slice(1) ?? "", Id]));
}

/** Runs a command in a container and returns what it printed. */
export async function inContainer(container: string, ...command: string[]): Promise<string> {
	const result = await exec(engine, container, command);
	if (result.exitCode !== 0) throw new Error(`${command.join(" ")} in ${container}: ${result.stderr}`);
	return result.stdout;
}

/**
 * Asks until `probe` resolves to something, at most `deadlineMs`; says what it waited for when that never happens.
 *
 * @param intervalMs From one answer to the next question.
 */
export async function eventually<T>(
	what: string,
	deadlineMs: number,
	probe: () => Promise<T | undefined | false>,
	intervalMs = 200,
): Promise<T> {
	const end = performance.now() + deadlineMs;
	let last: unknown;
	for (;;) {
		try {
			const seen = await probe();
			if (seen !== undefined && seen !== false) return seen;
		} catch (error) {
			last = error;
		}
		if (performance.now() > end) {
			throw new Error(`${what} did not happen within ${deadlineMs} ms; last: ${String(last)}`);
		}
		await new Promise((resolve) => setTimeout(resolve, intervalMs));
	}
}
