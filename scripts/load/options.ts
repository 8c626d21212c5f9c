import { z } from "zod";

/** One kind of request in the mix. */
const requestTemplate = z.strictObject({
	/** HTTP method; default GET. */
	method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]).default("GET"),
	/** Path and query, from the root: `/api/products?page=2`. */
	path: z.string().startsWith("/", "must begin with /"),
	/** Sent as JSON; default none. */
	body: z.json().optional(),
	/** Status that counts as success; any other is a failure. Default 200. */
	expect: z.int().min(100).max(599).default(200),
	/** Share of the mix relative to the other templates; default 1. */
	weight: z.int().min(1).max(1000).default(1),
});

const loadOptions = z.strictObject({
	/** Where to send: an `http:` URL on the loopback range; anything else is refused. Its path is ignored. */
	url: z.string().refine(isLoopbackUrl, {
		error: (issue) => `must be http:// on this machine (127.0.0.1, [::1] or localhost), not ${issue.input}`,
	}),
	/** Requests due in each second, however slow the answers are (open loop). Default 250, at most 2,000. */
	ratePerSecond: z.number().positive().max(2000).default(250),
	/** Keep-alive connections, all of them used in turn. Default 50, at most 500. */
	connections: z.int().min(1).max(500).default(50),
	/** The mix; interleaved by weight in a fixed order. */
	requests: z.array(requestTemplate).min(1),
	/** The load ends by itself after this many seconds. At most 3,600. */
	maxSeconds: z.number().positive().max(3600),
	/** A request without a complete answer this long after it was due has failed. Milliseconds; default 10,000. */
	timeoutMs: z.int().min(1).max(120_000).default(10_000),
	/** `Host` header; default that of the URL. */
	host: z.string().min(1).optional(),
	/** Where the record is written; default a new temporary file, removed by `stop()` unless a request failed. */
	recordFile: z.string().min(1).optional(),
});

/** What a caller gives to `startLoad`. */
export type LoadOptions = z.input<typeof loadOptions>;
/** The same with every default filled in. */
export type CheckedOptions = z.output<typeof loadOptions>;
export type RequestTemplate = z.output<typeof requestTemplate>;

/**
 * Fills in the defaults.
 * @throws Error with one line for each problem: path and reason.
 */
export function checkOptions(options: LoadOptions): CheckedOptions {
	const result = loadOptions.safeParse(options);
	if (result.success) return result.data;
	const problems = result.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
	throw new Error(`The load cannot start:\n${problems.join("\n")}`);
}

/** True for an `http:` URL whose host can only be this machine. */
export function isLoopbackUrl(text: string): boolean {
	if (!URL.canParse(text)) return false;
	const url = new URL(text);
	// The URL parser has already turned 127.1, 0x7f000001 and the like into four decimal numbers.
	return url.protocol === "http:" && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
}

/**
 * The order in which the templates are used, as indices: each as often as its weight, spread evenly (smooth weighted
 * round robin). Repeated for as long as the load runs.
 */
export function mixOrder(weights: readonly number[]): number[] {
	const total = weights.reduce((sum, weight) => sum + weight, 0);
	const credit = weights.map(() => 0);
	return Array.from({ length: total }, () => {
		let best = 0;
		for (const [index, weight] of weights.entries()) {
			credit[index] = (credit[index] ?? 0) + weight;
			if ((credit[index] ?? 0) > (credit[best] ?? 0)) best = index;
		}
		credit[best] = (credit[best] ?? 0) - total;
		return best;
	});
}
