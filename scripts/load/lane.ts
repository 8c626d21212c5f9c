import { Connections } from "./connections";
import { type Outcome, type Prepared, prepare } from "./exchange";
import { type CheckedOptions, mixOrder } from "./options";
import { oneConnection } from "./transport";

/** One request of a lane has ended. */
export interface Ended {
	outcome: Outcome;
	/** Index into the options' templates. */
	template: number;
	/** Milliseconds since the load began. */
	dueMs: number;
	/** When it was handed out, milliseconds since the load began. */
	handedOutMs: number;
}

/** A lane's requests: what is sent, how often, over how many connections. */
interface Plan {
	/** Indices into the options' templates, used in this order again and again. */
	order: number[];
	ratePerSecond: number;
	connections: number;
}

/** The mix is one lane, each template with a rate of its own is another. */
export function lanePlans({ requests, ratePerSecond, connections }: CheckedOptions): Plan[] {
	const order = mixOrder(requests.map((template) => template.weight));
	const own = requests.flatMap(({ everyMs, connections }, index) =>
		everyMs === undefined ? [] : [{ order: [index], ratePerSecond: 1000 / everyMs, connections }],
	);
	return order.length === 0 ? own : [{ order, ratePerSecond, connections }, ...own];
}

/** Hands out requests at their due times, whatever became of those before (open loop), over connections of its own. */
export class Lane {
	readonly connections: Connections;
	/** Requests handed out that have not ended. */
	pending = 0;
	private readonly requests: Array<{ prepared: Prepared; template: number; timeoutMs: number }>;
	private readonly periodMs: number;
	private readonly limit: number;
	private next = 0;
	private timer: NodeJS.Timeout | undefined;

	/**
	 * @param nowMs milliseconds since the load began.
	 * @param onEnd called for each request once it has ended.
	 * @param onLast called when the last request of `maxSeconds` was handed out.
	 */
	constructor(
		options: CheckedOptions,
		plan: Plan,
		private readonly nowMs: () => number,
		private readonly onEnd: (ended: Ended) => void,
		private readonly onLast: () => void,
	) {
		this.connections = new Connections(plan.connections, () => oneConnection(options));
		this.periodMs = 1000 / plan.ratePerSecond;
		this.limit = Math.max(1, Math.floor(options.maxSeconds * plan.ratePerSecond));
		const prepared = options.requests.map((template) => prepare(template, options));
		this.requests = plan.order.map((template) => {
			const request = prepared[template];
			if (!request) throw new Error(`no request template ${template}`);
			const timeoutMs = request.template.timeoutMs ?? options.timeoutMs;
			return { prepared: request, template, timeoutMs };
		});
	}

	/** Hands out all that is due, and goes on until `stop` or `maxSeconds`. */
	run(): void {
		while (this.next < this.limit && this.next * this.periodMs <= this.nowMs()) this.handOut(this.next++);
		if (this.next < this.limit)
			this.timer = setTimeout(() => this.run(), this.next * this.periodMs - this.nowMs());
		else this.onLast();
	}

	stop(): void {
		clearTimeout(this.timer);
	}

	private handOut(index: number): void {
		const request = this.requests[index % this.requests.length];
		if (!request) return;
		const { prepared, template, timeoutMs } = request;
		const dueMs = index * this.periodMs;
		const handedOutMs = this.nowMs();
		this.pending++;
		this.connections.send(prepared, timeoutMs - (handedOutMs - dueMs), (outcome) => {
			this.pending--;
			this.onEnd({ outcome, template, dueMs, handedOutMs });
		});
	}
}
