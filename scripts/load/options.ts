import { z } from "zod";

const MEBIBYTE = 1024 * 1024;

/** One kind of request. */
const requestTemplate = z
	.strictObject({
		/** HTTP method; default GET, POST for an upload. */
		method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]).optional(),
		/** Path and query, from the root: `/api/products?page=2`. */
		path: z.string().startsWith("/", "must begin with /"),
		/** Sent as JSON; default none. */
		body: z.json().optional(),
		/**
		 * A body of so many bytes, streamed. The answer has to say `{"bytes": n}` with the same number, or the request has
		 * failed as `incomplete`. At most 1 GiB; default none.
		 */
		upload: z
			.strictObject({
				bytes: z
					.int()
					.min(1)
					.max(1024 * MEBIBYTE),
			})
			.optional(),
		/** Status that counts as success; any other is a failure. Default 200. */
		expect: z.int().min(100).max(599).default(200),
		/** Length of the answer's body; one of another length has failed as `incomplete`. Default: any length. */
		expectBytes: z.int().min(0).optional(),
		/** Share of the mix relative to the other templates; default 1. */
		weight: z.int().min(1).max(1000).optional(),
		/**
		 * A rate of its own instead of a share of the mix: one is due every so many milliseconds. It gets connections of
		 * its own too, so a long request never holds one that the mix needs, and its latency is not in the mix's figures.
		 */
		everyMs: z.number().min(10).optional(),
		/** Keep-alive connections for `everyMs`, used in turn. Default 4, at most 100. */
		connections: z.int().min(1).max(100).optional(),
		/** As the load's `timeoutMs`, which is the default, but for this template. */
		timeoutMs: z.int().min(1).max(300_000).optional(),
	})
	.superRefine(({ method, body, upload, weight, everyMs, connections }, { addIssue }) => {
		const problem = (path: string, message: string) =>
			addIssue({ code: "custom", path: [path], message, input: undefined });
		if (upload && body !== undefined) problem("upload", "only one of body and upload can be given");
		if (upload && (method === "GET" || method === "HEAD"))
			problem("upload", `cannot be sent with ${method}; use POST or PUT`);
		if (everyMs !== undefined && weight !== undefined)
			problem("everyMs", "only one of everyMs and weight can be given");
		if (everyMs === undefined && connections !== undefined)
			problem("connections", "is for a template with everyMs; the mix shares the load's connections");
	})
	.transform(({ method, weight, connections, ...template }) => ({
		...template,
		method: method ?? (template.upload ? "POST" : "GET"),
		/** 0 for a template with a rate of its own. */
		weight: template.everyMs === undefined ? (weight ?? 1) : 0,
		connections: connections ?? 4,
	}));

/** Connections opened at the start, each within the load's `timeoutMs`, and held open through the whole load. */
const streams = z.strictObject({
	/** How many WebSockets; default 0, at most 500. */
	webSockets: z.int().min(0).max(500).default(0),
	/** Default `/ws`. */
	webSocketPath: z.string().startsWith("/", "must begin with /").default("/ws"),
	/** How many event streams (SSE); default 0, at most 500. */
	eventStreams: z.int().min(0).max(500).default(0),
	/** Default `/events`. */
	eventStreamPath: z.string().startsWith("/", "must begin with /").default("/events"),
	/** Opens another one 100 ms after one has ended; default false. */
	reconnect: z.boolean().default(false),
});

const loadOptions = z.strictObject({
	/** Where to send: an `http:` or `https:` URL on the loopback range; anything else is refused. Its path is ignored. */
	url: z.string().refine(isLoopbackUrl, {
		error: (issue) =>
			`must be http:// or https:// on this machine (127.0.0.1, [::1] or localhost), not ${issue.input}`,
	}),
	/** For `https:`: the root certificate to trust, as PEM; default those that Node trusts. */
	ca: z.string().min(1).optional(),
	/** Requests of the mix due in each second, however slow the answers are (open loop). Default 250, at most 2,000. */
	ratePerSecond: z.number().positive().max(2000).default(250),
	/** Keep-alive connections of the mix, all of them used in turn. Default 50, at most 500. */
	connections: z.int().min(1).max(500).default(50),
	/** The mix, interleaved by weight in a fixed order, and the templates with a rate of their own. */
	requests: z.array(requestTemplate).min(1),
	/** Streams to hold; default none. */
	streams: streams.prefault({}),
	/** The load ends by itself after this many seconds. At most 3,600. */
	maxSeconds: z.number().positive().max(3600),
	/** A request without a complete answer this long after it was due has failed. Milliseconds; default 10,000. */
	timeoutMs: z.int().min(1).max(120_000).default(10_000),
	/** `Host` header, and over HTTPS the name that the certificate has to be for; default that of the URL. */
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

/** True for an `http:` or `https:` URL whose host can only be this machine. */
export function isLoopbackUrl(text: string): boolean {
	if (!URL.canParse(text)) return false;
	const url = new URL(text);
	// The URL parser has already turned 127.1, 0x7f000001 and the like into four decimal numbers.
	return /^https?:$/.test(url.protocol) && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
}

/**
 * The order in which the templates are used, as indices: each as often as its weight, spread evenly (smooth weighted
 * round robin). Repeated for as long as the load runs. A template of weight 0 is not in it.
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
