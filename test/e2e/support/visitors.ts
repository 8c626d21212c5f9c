import { Agent, request } from "node:http";

/** One request of a visitor. */
interface Visit {
	/** ms since 1970. */
	readonly atMs: number;
	readonly durationMs: number;
	/** 0: none came. */
	readonly status: number;
	/** Empty: no answer said so. */
	readonly color: string;
}

/** What one visitor, with cookies and a connection of its own, has met. */
export type Visitor = readonly Visit[];

export interface Crowd {
	/** No more visitors come; resolves when the last has left. */
	leave(): Promise<readonly Visitor[]>;
}

const PATHS = ["/", "/api/products"];
/** Requests of one visitor, and the time between them. */
const REQUESTS = 8;
const EVERY_MS = 250;

/** Sends visitors, so many new ones a second, each of whom asks 8 times within 2 s and keeps the cookies that it gets. */
export function crowd(url: string, visitorsPerSecond: number): Crowd {
	const visitors: Promise<Visitor>[] = [];
	const timer = setInterval(() => visitors.push(visit(url)), 1_000 / visitorsPerSecond);
	return {
		leave: () => {
			clearInterval(timer);
			return Promise.all(visitors);
		},
	};
}

async function visit(url: string): Promise<Visitor> {
	const agent = new Agent({ keepAlive: true, maxSockets: 1 });
	const cookies = new Map<string, string>();
	const visits: Visit[] = [];
	for (let index = 0; index < REQUESTS; index++) {
		const due = performance.now() + EVERY_MS;
		visits.push(await ask(new URL(PATHS[index % PATHS.length] ?? "/", url), agent, cookies));
		await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
	}
	agent.destroy();
	return visits;
}

function ask(url: URL, agent: Agent, cookies: Map<string, string>): Promise<Visit> {
	const atMs = Date.now();
	const start = performance.now();
	const Cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
	return new Promise((resolve) => {
		const end = (status: number, color = "") =>
			resolve({ atMs, durationMs: performance.now() - start, status, color });
		request(url, { agent, headers: Cookie === "" ? {} : { Cookie } }, (answer) => {
			for (const text of answer.headers["set-cookie"] ?? []) {
				const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
				cookies.set(name, value);
			}
			answer.resume();
			answer.on("error", () => end(0));
			answer.on("end", () => end(answer.statusCode ?? 0, String(answer.headers["x-color"] ?? "")));
		})
			.on("error", () => end(0))
			.end();
	});
}

/** What all of them have met. */
export interface CrowdReport {
	readonly visitors: number;
	/** Who got a 5xx or no answer, at least once. */
	readonly metAnError: number;
	readonly requests: number;
	readonly failed: number;
	/** Requests by the color that answered. */
	readonly byColor: Readonly<Record<string, number>>;
	/** From the first answer of this color to the last, ms; 0: it gave none. */
	readonly spanMs: (color: string) => number;
	/** Of the time that this color's answers took, ms. */
	readonly medianMs: (color: string) => number;
}

export function reportOf(visitors: readonly Visitor[]): CrowdReport {
	const all = visitors.flat();
	const hasFailed = ({ status }: Visit) => status === 0 || status >= 500;
	const of = (color: string) => all.filter((visit) => visit.color === color);
	const byColor: Record<string, number> = {};
	for (const { color } of all) byColor[color] = (byColor[color] ?? 0) + 1;
	return {
		visitors: visitors.length,
		metAnError: visitors.filter((visitor) => visitor.some(hasFailed)).length,
		requests: all.length,
		failed: all.filter(hasFailed).length,
		byColor,
		spanMs: (color) => {
			const times = of(color).map(({ atMs }) => atMs);
			return times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
		},
		medianMs: (color) => {
			const times = of(color)
				.map(({ durationMs }) => durationMs)
				.sort((a, b) => a - b);
			return times[Math.floor(times.length / 2)] ?? 0;
		},
	};
}

/** What they have met until so long after the first answer of this color. */
export function within(visitors: readonly Visitor[], color: string, ms: number): Visitor[] {
	const answers = visitors.flat().filter((visit) => visit.color === color);
	const end = Math.min(...answers.map(({ atMs }) => atMs)) + ms;
	return visitors
		.map((visitor) => visitor.filter(({ atMs }) => atMs <= end))
		.filter((visitor) => visitor.length > 0);
}
