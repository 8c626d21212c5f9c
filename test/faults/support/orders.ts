import { pause } from "../../e2e/support/load";

/** An order as the shop has confirmed it. */
export interface Accepted {
	readonly id: string;
	readonly productId: number;
	readonly quantity: number;
}

/** Orders things all the time, and remembers what was answered with 201: that has to be there for ever. */
export class Customer {
	readonly accepted: Accepted[] = [];
	/** Orders that got another answer, or none. */
	refused = 0;
	private going = true;
	private readonly buying: Promise<unknown>;

	/** @param perSecond Orders, spread evenly; none waits for the one before. */
	constructor(
		private readonly url: string,
		private readonly perSecond: number,
	) {
		this.buying = this.buy();
	}

	/** @returns when the last answer is there. */
	async stop(): Promise<void> {
		this.going = false;
		await this.buying;
	}

	private async buy(): Promise<void> {
		const open = new Set<Promise<void>>();
		for (let n = 0; this.going; n++) {
			const one = this.order(1 + (n % 6), 1 + (n % 97)).finally(() => open.delete(one));
			open.add(one);
			await pause(1_000 / this.perSecond);
		}
		await Promise.all(open);
	}

	private async order(productId: number, quantity: number): Promise<void> {
		try {
			const answer = await fetch(`${this.url}/api/orders`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify({ productId, quantity }),
				signal: AbortSignal.timeout(20_000),
			});
			const body = (await answer.json()) as { id?: string };
			if (answer.status === 201 && body.id !== undefined)
				this.accepted.push({ id: body.id, productId, quantity });
			else this.refused++;
		} catch {
			this.refused++;
		}
	}
}
