import type { Agent } from "node:http";
import type { Socket } from "node:net";
import { Exchange, type Outcome, type Prepared } from "./exchange";

/** One place for a connection: an agent of its own, since a shared one would reuse a few warm sockets only. */
interface Place {
	agent: Agent;
	socket?: Socket;
}

/**
 * A fixed number of keep-alive connections, used in turn so that all of them stay in use. A request that finds none
 * free waits for the next one. Nothing is ever sent twice: Node's client does not retry, and neither does this.
 */
export class Connections {
	/** Connections opened so far. */
	opened = 0;
	/** How many of those took the place of one that was lost. */
	reopened = 0;
	private readonly idle: Place[];
	private readonly waiting: Exchange[] = [];

	/** @param newAgent keeps one connection. */
	constructor(count: number, newAgent: () => Agent) {
		this.idle = Array.from({ length: count }, () => ({ agent: newAgent() }));
	}

	/** Sends one request, as soon as a connection is free, and calls back once. For the parameters see Exchange. */
	send(prepared: Prepared, timeoutMs: number, done: (outcome: Outcome) => void): void {
		const exchange = new Exchange(prepared, timeoutMs, done);
		const place = this.idle.shift();
		if (place) this.sendFrom(place, exchange);
		else this.waiting.push(exchange);
	}

	close(): void {
		for (const { agent } of this.idle) agent.destroy();
	}

	private release(place: Place): void {
		let next = this.waiting.shift();
		while (next?.settled) next = this.waiting.shift();
		if (next) {
			next.waited();
			this.sendFrom(place, next);
		} else this.idle.push(place);
	}

	private sendFrom(place: Place, exchange: Exchange): void {
		const outgoing = exchange.sendOver(place.agent);
		// Not `reusedSocket`: Node leaves it false for a request that waited in the agent for its socket.
		outgoing.once("socket", (socket) => {
			if (place.socket === socket) return;
			if (place.socket) this.reopened++;
			place.socket = socket;
			this.opened++;
		});
		outgoing.once("close", () => this.release(place));
	}
}
