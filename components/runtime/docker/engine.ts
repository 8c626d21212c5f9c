import { text } from "node:stream/consumers";
import Docker from "dockerode";
import { excerpt } from "../report";
import { framesOf } from "./frames";

/**
 * The Docker Engine as the steps of a release see it. Docker's API through dockerode, which also speaks
 * to engines over SSH and TLS, by the same DOCKER_HOST variables that the docker command reads.
 */
export class Engine {
	readonly api: Docker;

	constructor(api: Docker = new Docker()) {
		this.api = api;
	}

	/** How far the Engine's clock is ahead of ours, in ms; container times are the Engine's. */
	async clockOffsetMs(): Promise<number> {
		const { SystemTime } = (await this.api.info()) as { SystemTime: string };
		return Date.parse(SystemTime) - Date.now();
	}

	/** State of a container; undefined where there is none of that name. */
	async inspect(container: string): Promise<ContainerState | undefined> {
		try {
			const { Id, State, RestartCount, Config } = await this.api.getContainer(container).inspect();
			const healthCommand = healthCommandOf(Config?.Healthcheck?.Test);
			return {
				id: Id,
				status: State.Status,
				exitCode: State.ExitCode,
				outOfMemory: State.OOMKilled,
				startedAt: Date.parse(State.StartedAt),
				restarts: RestartCount,
				image: Config?.Image ?? "",
				health: State.Health?.Status,
				lastHealthOutput: State.Health?.Log?.at(-1)?.Output,
				...(healthCommand && { healthCommand }),
			};
		} catch (error) {
			if ((error as { statusCode?: number }).statusCode === 404) return undefined;
			throw error;
		}
	}

	/**
	 * How a container's process ended last, from the Engine's record of events: of one that runs again by now, the state
	 * tells exit code 0. Undefined where it did not end in the last minutes.
	 */
	async lastEnd(container: string): Promise<{ exitCode: number; outOfMemory: boolean } | undefined> {
		const until = Math.ceil((Date.now() + (await this.clockOffsetMs())) / 1_000);
		const stream = await this.api.getEvents({
			since: until - EVENTS_SECONDS,
			until,
			filters: { container: [container], event: ["die", "oom"] },
		});
		const lines = (await text(stream)).split("\n").filter((line) => line.trim() !== "");
		const events = lines.map((line) => JSON.parse(line) as EngineEvent);
		const last = events.findLastIndex(({ Action }) => Action === "die");
		const exitCode = Number(events[last]?.Actor.Attributes.exitCode);
		if (Number.isNaN(exitCode)) return undefined;
		return { exitCode, outOfMemory: events[last - 1]?.Action === "oom" };
	}

	/**
	 * When a container of this name was first told to stop, or ended, at or after a time (ms since 1970, the Engine's clock);
	 * undefined where none was. It may be gone by now.
	 */
	async stoppedSince(container: string, sinceMs: number): Promise<number | undefined> {
		const until = Math.ceil((Date.now() + (await this.clockOffsetMs())) / 1_000);
		const stream = await this.api.getEvents({
			since: Math.floor(sinceMs / 1_000),
			until,
			filters: { container: [container], event: ["kill", "die"] },
		});
		const lines = (await text(stream)).split("\n").filter((line) => line.trim() !== "");
		const times = lines.map((line) => (JSON.parse(line) as EngineEvent).timeNano / 1_000_000);
		return times.find((timeMs) => timeMs >= sinceMs);
	}

	/** Stops a container with the grace that it was made with, and starts it again; its id stays the same. */
	async restart(container: string): Promise<void> {
		await this.api.getContainer(container).restart();
	}

	/** The last log lines of a container, oldest first; empty where they cannot be had. */
	async lastLogLines(container: string, count = 8): Promise<string[]> {
		try {
			const raw = await this.api.getContainer(container).logs({ stdout: true, stderr: true, tail: count });
			const lines = framesOf(raw as unknown as Buffer)
				.map(({ text }) => text)
				.join("")
				.trimEnd()
				.split("\n");
			return lines.filter((line) => line !== "").map((line) => excerpt(line, 400));
		} catch {
			return [];
		}
	}
}

/** How far back a look for the last end goes. */
const EVENTS_SECONDS = 600;

interface EngineEvent {
	readonly Action: string;
	readonly timeNano: number;
	readonly Actor: { readonly Attributes: Readonly<Record<string, string>> };
}

export interface ContainerState {
	readonly id: string;
	/** Docker's word: created, running, restarting, paused, exited, dead, removing. */
	readonly status: string;
	readonly exitCode: number;
	readonly outOfMemory: boolean;
	/** Time of the last start, ms since 1970. */
	readonly startedAt: number;
	readonly restarts: number;
	/** As it was named when the container was made; empty where Docker does not say. */
	readonly image: string;
	/** Docker health: starting, healthy, unhealthy; undefined or "none" without a check. */
	readonly health: string | undefined;
	readonly lastHealthOutput: string | undefined;
	/** The command of Docker's health check, as it is run in the container; unset: there is none. */
	readonly healthCommand?: readonly string[];
}

/** Docker has "CMD" or "CMD-SHELL" in front of it, or "NONE". */
function healthCommandOf(test: readonly string[] | undefined): string[] | undefined {
	const [kind, ...command] = test ?? [];
	if (kind === "CMD") return command;
	return kind === "CMD-SHELL" ? ["/bin/sh", "-c", ...command] : undefined;
}
