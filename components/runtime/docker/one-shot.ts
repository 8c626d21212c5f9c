import { StepError } from "../report";
import type { Engine } from "./engine";

export interface OneShot {
	/** What it is for, in messages. */
	readonly what: string;
	/** Name or id of an image that is there. */
	readonly image: string;
	/** Run by the image's own `sh`, as root. */
	readonly script: string;
	/** $1 and so on in the script. */
	readonly arguments?: readonly string[];
	/** Volume name by folder; mounted for reading only. */
	readonly volumes?: Readonly<Record<string, string>>;
	readonly labels?: Readonly<Record<string, string>>;
	/** Longest time that it may take. */
	readonly deadlineMs: number;
}

export interface OneShotResult {
	readonly exitCode: number;
	/** What it printed, both streams, lines in order. */
	readonly lines: readonly string[];
}

/**
 * Runs a script in a container of its own, without a network, and removes the container whatever happens.
 *
 * @throws StepError where it has not ended by the deadline.
 */
export async function runOnce(engine: Engine, shot: OneShot): Promise<OneShotResult> {
	const binds = Object.entries(shot.volumes ?? {}).map(([folder, volume]) => `${volume}:${folder}:ro`);
	const container = await engine.api.createContainer({
		Image: shot.image,
		Entrypoint: ["sh", "-c", shot.script, "sh"],
		Cmd: [...(shot.arguments ?? [])],
		User: "0:0",
		Labels: { ...shot.labels },
		HostConfig: { NetworkMode: "none", Binds: binds, SecurityOpt: ["no-new-privileges:true"] },
	});
	try {
		await container.start();
		const exitCode = await ended(container.wait({ abortSignal: AbortSignal.timeout(shot.deadlineMs) }), shot);
		return { exitCode, lines: await engine.lastLogLines(container.id, 30) };
	} finally {
		// With the volumes that the image declares and nobody named.
		await container.remove({ force: true, v: true }).catch(() => undefined);
	}
}

async function ended(wait: Promise<{ StatusCode: number }>, shot: OneShot): Promise<number> {
	try {
		return (await wait).StatusCode;
	} catch (error) {
		if ((error as Error).name !== "AbortError" && !/abort/i.test((error as Error).message)) throw error;
		throw new StepError(`${shot.what} has not ended within ${shot.deadlineMs / 1_000} s`);
	}
}
