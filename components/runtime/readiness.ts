import type { ContainerState, Engine } from "./docker/engine";
import { TunnelAgent } from "./docker/tunnel";
import { type HttpResponse, http, isSuccess } from "./http";
import { durationText, excerpt, messageOf } from "./report";
import type { Target } from "./steps";
import { readVersion } from "./version";

/** What one look at a replica showed. */
export interface Observation {
	/** "dead" cannot become ready by waiting. */
	readonly state: "pass" | "wait" | "dead";
	/** The last thing seen, for people: "GET /health answered 503: …". */
	readonly seen: string;
}

/** Looks at replicas, again and again: remembers restarts, and keeps one connection to each. */
export class ReadinessProbe {
	private readonly agents = new Map<string, TunnelAgent>();
	private readonly restarts = new Map<string, number>();
	private readonly starts = new Map<string, number>();
	private offsetMs: number | undefined;

	constructor(
		private readonly engine: Engine,
		/** Container from whose network the probes are made. */
		private readonly vantage: string,
		private readonly timeoutMs: number,
	) {}

	/** Never throws: what cannot be seen is a reason to wait, until the deadline. */
	async look(target: Target): Promise<Observation> {
		try {
			const state = await this.engine.inspect(target.container);
			const alive = await this.aliveness(target, state);
			if (alive !== undefined || state === undefined) return alive ?? gone();
			const parts = [this.dockerHealth(target, state), await this.staysUp(target, state)];
			const waiting = parts.find((part) => part?.state === "wait");
			if (waiting !== undefined) return waiting;
			const health = await this.httpHealth(target);
			if (health?.state === "wait") return health;
			// Only of one that is well: what it says while it starts may not be its last word.
			const version = await this.version(target);
			if (version !== undefined && version.state !== "pass") return version;
			return health ?? parts.find((part) => part !== undefined) ?? version ?? running();
		} catch (error) {
			return { state: "wait", seen: messageOf(error) };
		}
	}

	/** When the replica's process was started, as the last look saw it: ms since 1970 by the Docker host's clock. */
	startedAt({ container }: Target): number | undefined {
		return this.starts.get(container);
	}

	close(): void {
		for (const agent of this.agents.values()) agent.destroy();
	}

	private async aliveness(
		target: Target,
		state: ContainerState | undefined,
	): Promise<Observation | undefined> {
		if (state === undefined) return gone();
		const before = this.restarts.get(target.container) ?? state.restarts;
		this.restarts.set(target.container, before);
		this.starts.set(target.container, state.startedAt);
		if (state.status === "restarting" || state.restarts > before) {
			const end =
				state.status === "running"
					? await this.engine.lastEnd(target.container).catch(() => undefined)
					: state;
			return { state: "dead", seen: `it keeps restarting${end === undefined ? "" : ` (${endText(end)})`}` };
		}
		if (state.status !== "running")
			return { state: "dead", seen: `it is ${state.status} (${endText(state)})` };
		return undefined;
	}

	private dockerHealth(target: Target, state: ContainerState): Observation | undefined {
		if (target.readiness.docker !== true) return undefined;
		if (state.health === undefined || state.health === "none") {
			return { state: "wait", seen: "its image declares no HEALTHCHECK, and health.docker asks for one" };
		}
		if (state.health === "healthy") return { state: "pass", seen: "Docker says healthy" };
		const output = state.lastHealthOutput ? `: ${excerpt(state.lastHealthOutput, 400)}` : "";
		return { state: "wait", seen: `Docker says ${state.health}${output}` };
	}

	private async staysUp(target: Target, state: ContainerState): Promise<Observation | undefined> {
		const { staysUpMs } = target.readiness;
		if (staysUpMs === undefined) return undefined;
		this.offsetMs ??= await this.engine.clockOffsetMs();
		const upMs = Date.now() + this.offsetMs - state.startedAt;
		return {
			state: upMs >= staysUpMs ? "pass" : "wait",
			seen: `up for ${durationText(upMs)} of ${durationText(staysUpMs)}`,
		};
	}

	private async httpHealth(target: Target): Promise<Observation | undefined> {
		const probe = target.readiness.http;
		if (probe === undefined) return undefined;
		const what = `GET ${probe.path}`;
		try {
			const response = await this.get(target, probe);
			const good = probe.status === undefined ? isSuccess(response.status) : response.status === probe.status;
			const wanted = good || probe.status === undefined ? "" : ` (wanted ${probe.status})`;
			const body = response.body.trim() === "" ? "" : `: ${excerpt(response.body, 400)}`;
			return { state: good ? "pass" : "wait", seen: `${what} answered ${response.status}${wanted}${body}` };
		} catch (error) {
			return { state: "wait", seen: `${what} on port ${probe.port}: ${messageOf(error)}` };
		}
	}

	private async version(target: Target): Promise<Observation | undefined> {
		const probe = target.readiness.version;
		if (probe === undefined) return undefined;
		const what = `GET ${probe.path}`;
		try {
			const { state, seen } = readVersion(probe, await this.get(target, probe));
			if (state === "right") return { state: "pass", seen: `${what} ${seen}` };
			if (state === "unknown") return { state: "wait", seen: `${what} ${seen}` };
			return { state: "dead", seen: `${what} ${seen}: its image is another than its version promises` };
		} catch (error) {
			return { state: "wait", seen: `${what} on port ${probe.port}: ${messageOf(error)}` };
		}
	}

	private get({ container }: Target, { port, path }: { port: number; path: string }): Promise<HttpResponse> {
		const agent = this.agents.get(container) ?? new TunnelAgent(this.engine, this.vantage);
		this.agents.set(container, agent);
		return http({ host: container, port, path, timeoutMs: this.timeoutMs, agent });
	}
}

function endText({ exitCode, outOfMemory }: { exitCode: number; outOfMemory: boolean }): string {
	return `exit code ${exitCode}${outOfMemory ? ", out of memory" : ""}`;
}

function gone(): Observation {
	return { state: "dead", seen: "there is no such container" };
}

function running(): Observation {
	return { state: "pass", seen: "running" };
}
