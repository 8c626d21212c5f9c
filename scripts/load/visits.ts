import type { LoadOptions } from "./options";

const MEBIBYTE = 1024 * 1024;
const SLOW_MS = 10_000;

/** What visitors of the sample shop do: pages, the API, and orders, which must never be sent twice. */
export const VISITS: LoadOptions["requests"] = [
	{ path: "/", weight: 3 },
	{ path: "/api/products", weight: 3 },
	{ path: "/version", weight: 2 },
	{ method: "POST", path: "/api/orders", body: { productId: 1, quantity: 1 }, expect: 201, weight: 2 },
];

/** The same with 20 MiB in either direction. */
export const MIXED_VISITS: LoadOptions["requests"] = [
	...VISITS,
	{ path: "/upload", upload: { bytes: 20 * MEBIBYTE }, everyMs: 2_000, timeoutMs: 30_000 },
	{
		path: `/download?bytes=${20 * MEBIBYTE}`,
		expectBytes: 20 * MEBIBYTE,
		everyMs: 2_000,
		timeoutMs: 30_000,
	},
];

/** Requests of 10 s: ten are in flight at any time; the rest of the connections is for those that take longer. */
export const LONG_VISIT: LoadOptions["requests"][number] = {
	path: `/slow?ms=${SLOW_MS}`,
	everyMs: 1_000,
	connections: 16,
	timeoutMs: 3 * SLOW_MS,
};
