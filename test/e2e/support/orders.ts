import { randomUUID } from "node:crypto";
import { pause } from "./load";

const WRITERS = 3;
const BETWEEN_MS = 25;

/**
 * Customers who order without pause, each with a note of its own, and look at what they and others have ordered: every
 * answer is compared with what was written, row by row. Nothing is tried twice.
 */
export class OrderWatch {
	/** All that was written and acknowledged: note by order. */
	readonly notes = new Map<string, string>();
	readonly problems: string[] = [];
	reads = 0;
	private readonly ids: string[] = [];
	private stopped = false;
	private readonly loops: Promise<void>[];

	/** @param known Orders that are there already, with their notes. */
	constructor(
		private readonly url: string,
		known: ReadonlyMap<string, string> = new Map(),
	) {
		for (const [id, note] of known) this.remember(id, note);
		this.loops = Array.from({ length: WRITERS }, () => this.loop());
	}

	/** Stops after the requests in flight. */
	async stop(): Promise<void> {
		this.stopped = true;
		await Promise.all(this.loops);
	}

	private async loop(): Promise<void> {
		while (!this.stopped) {
			await this.write().catch((error: Error) => this.problems.push(`write: ${text(error)}`));
			await this.read().catch((error: Error) => this.problems.push(`read: ${text(error)}`));
			await pause(BETWEEN_MS);
		}
	}

	private async write(): Promise<void> {
		const note = `note ${randomUUID()}`;
		const response = await fetch(`${this.url}/api/orders`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ productId: 1 + (this.notes.size % 6), note }),
		});
		const answer = await response.text();
		if (response.status !== 201) throw new Error(`${response.status}: ${answer}`);
		const order = JSON.parse(answer) as { id: string; note: string };
		this.compare(order.id, note, order.note);
		this.remember(order.id, note);
	}

	private async read(): Promise<void> {
		const id = this.ids[Math.floor(Math.random() * this.ids.length)];
		if (id === undefined) return;
		const response = await fetch(`${this.url}/api/orders/${id}`);
		const answer = await response.text();
		if (response.status !== 200) throw new Error(`${id}: ${response.status}: ${answer}`);
		this.reads++;
		this.compare(id, this.notes.get(id) ?? "", (JSON.parse(answer) as { note: string }).note);
	}

	private compare(id: string, written: string, seen: string): void {
		if (seen !== written) this.problems.push(`order ${id} has "${seen}" instead of "${written}"`);
	}

	private remember(id: string, note: string): void {
		this.notes.set(id, note);
		this.ids.push(id);
	}
}

function text(error: Error): string {
	return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
