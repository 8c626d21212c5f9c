import { Agent } from "node:http";
import { Duplex, PassThrough } from "node:stream";
import type { Engine } from "./engine";
import { attach } from "./exec";

/**
 * HTTP from inside a container: connections made by `nc` in it, carried over Docker's exec.
 *
 * So a probe takes the path that Caddy's requests take (same network, same DNS), Caddy's admin API stays on the
 * container's own loopback, nothing is published for it, and an Engine on another machine needs nothing more.
 */
export class TunnelAgent extends Agent {
	constructor(
		private readonly engine: Engine,
		private readonly container: string,
	) {
		// A kept connection saves the start of one process in the container for each request after the first.
		super({ keepAlive: true, maxSockets: 1 });
	}

	override createConnection(
		options: { host?: string | null; port?: number | string | null },
		callback?: (error: Error | null, stream: Duplex) => void,
	): Duplex | null | undefined {
		openTunnel(this.engine, this.container, String(options.host), String(options.port)).then(
			(stream) => callback?.(null, stream),
			(error: Error) => callback?.(error, undefined as unknown as Duplex),
		);
		return undefined;
	}
}

/** One connection by `nc` in a container to an address as that sees it. */
export async function openTunnel(
	engine: Engine,
	container: string,
	host: string,
	port: string,
): Promise<Duplex> {
	return new TunnelSocket(engine, await attach(engine, container, ["nc", host, port]));
}

/** One connection; what Node's HTTP client asks of a socket beyond being a stream does nothing here. */
class TunnelSocket extends Duplex {
	private readonly incoming = new PassThrough();
	private complaint = "";

	constructor(
		engine: Engine,
		private readonly stream: Duplex,
	) {
		super();
		const errors = new PassThrough();
		errors.on("data", (chunk: Buffer) => {
			this.complaint += chunk.toString("utf8");
		});
		engine.api.modem.demuxStream(stream, this.incoming, errors);
		this.incoming.on("data", (chunk: Buffer) => {
			if (!this.push(chunk)) this.incoming.pause();
		});
		stream.on("end", () => this.ended());
		stream.on("close", () => this.ended());
		stream.on("error", (error) => this.destroy(error));
	}

	private ended(): void {
		// nc says "bad address" or "connection refused" on its error stream and ends.
		if (this.complaint !== "") this.destroy(new Error(this.complaint.trim()));
		else this.push(null);
	}

	override _read(): void {
		this.incoming.resume();
	}

	override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
		this.stream.write(chunk, encoding, done);
	}

	override _final(done: (error?: Error | null) => void): void {
		this.stream.end(() => done());
	}

	override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
		this.stream.destroy();
		done(error);
	}

	setTimeout(): this {
		return this;
	}
	setKeepAlive(): this {
		return this;
	}
	setNoDelay(): this {
		return this;
	}
	ref(): this {
		return this;
	}
	unref(): this {
		return this;
	}
}
