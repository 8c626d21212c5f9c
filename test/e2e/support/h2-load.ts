import { type ClientHttp2Session, connect } from "node:http2";
import { pause } from "./load";

export interface H2Report {
	readonly sent: number;
	/** What went wrong, one line for each request without its answer of 200. */
	readonly failures: readonly string[];
	/** Connections that were opened; one more than asked for means that one was lost. */
	readonly opened: number;
	readonly byColor: Readonly<Record<string, number>>;
}

/**
 * GET and POST in turn at a steady rate over a few HTTP/2 connections, never retried, while `work` runs.
 * @param ca Root to trust, as PEM.
 */
export async function underH2Load<T>(
	url: string,
	ca: string,
	work: () => Promise<T>,
	{ sessions = 4, ratePerSecond = 50 } = {},
): Promise<{ value: T; report: H2Report }> {
	const failures: string[] = [];
	const byColor: Record<string, number> = {};
	const pending = new Set<Promise<void>>();
	let opened = 0;
	let sent = 0;
	let going = true;
	const places: (ClientHttp2Session | undefined)[] = Array.from({ length: sessions });
	const sessionAt = (place: number) => {
		const kept = places[place];
		if (kept && !kept.closed && !kept.destroyed) return kept;
		opened++;
		const session = connect(url, { ca });
		session.on("error", (error) => void failures.push(`connection: ${error.message}`));
		places[place] = session;
		return session;
	};
	const send = (index: number) => {
		sent++;
		const count = (color: string) => {
			byColor[color] = (byColor[color] ?? 0) + 1;
		};
		const one = exchange(sessionAt(index % sessions), index).then(
			count,
			(error: Error) => void failures.push(error.message),
		);
		pending.add(one);
		void one.finally(() => pending.delete(one));
	};
	const loop = (async () => {
		const start = performance.now();
		for (let index = 0; going; index++) {
			await pause(Math.max(0, (index * 1_000) / ratePerSecond - (performance.now() - start)));
			send(index);
		}
	})();
	try {
		await pause(500);
		const value = await work();
		await pause(500);
		return { value, report: { sent, failures, opened, byColor } };
	} finally {
		going = false;
		await loop;
		await Promise.all(pending);
		for (const session of places) session?.close();
	}
}

function exchange(session: ClientHttp2Session, index: number): Promise<string> {
	const post = index % 2 === 1;
	const body = JSON.stringify({ productId: 1, quantity: 1 });
	const path = post ? "/api/orders" : "/version";
	return new Promise((resolve, reject) => {
		const stream = session.request(
			{
				":method": post ? "POST" : "GET",
				":path": path,
				...(post && { "content-type": "application/json" }),
			},
			{ endStream: !post },
		);
		const failed = (reason: string) => reject(new Error(`${post ? "POST" : "GET"} ${path}: ${reason}`));
		let status = 0;
		let color = "";
		stream.setTimeout(10_000, () => {
			failed("no answer within 10 s");
			stream.close();
		});
		stream.on("response", (headers) => {
			status = Number(headers[":status"]);
			color = String(headers["x-color"] ?? "");
		});
		stream.on("error", (error: Error) => failed(error.message));
		stream.on("end", () => {
			if (status === (post ? 201 : 200)) resolve(color);
			else failed(`status ${status}`);
		});
		stream.on("close", () => failed("the stream closed without an answer"));
		stream.resume();
		if (post) stream.end(body);
	});
}
