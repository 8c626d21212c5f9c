import { isDeepStrictEqual } from "node:util";
import type { Engine } from "../docker/engine";
import { TunnelAgent } from "../docker/tunnel";
import { type HttpResponse, http } from "../http";
import { excerpt, messageOf, StepError } from "../report";

const HOST = "127.0.0.1";
const PORT = 2019;

/** Caddy's admin API, reached inside its container. */
export class CaddyAdmin {
	private agent: TunnelAgent;

	constructor(
		private readonly engine: Engine,
		private readonly container: string,
		private readonly timeoutMs = 10_000,
	) {
		this.agent = new TunnelAgent(engine, container);
	}

	/**
	 * Whether Caddy runs just what this Caddyfile says.
	 * @throws StepError where Caddy rejects it, or its admin API does not answer.
	 */
	async runs(caddyfile: string): Promise<boolean> {
		const adapted = await this.call("POST", "/adapt", caddyfile).catch((error: unknown) => {
			// Turned off by a configuration that somebody loaded by hand; the one on disk turns it on.
			throw new StepError(
				`Caddy's admin API does not answer: ${messageOf(error)}\nNext: docker restart ${this.container} && pulumi up`,
			);
		});
		if (adapted.status !== 200) throw new StepError(`Caddy rejects the Caddyfile: ${reasonIn(adapted)}`);
		const running = await this.call("GET", "/config/");
		const { result } = JSON.parse(adapted.body) as { result: unknown };
		return isDeepStrictEqual(result, JSON.parse(running.body || "null"));
	}

	/**
	 * Validates and loads a Caddyfile; all or nothing, by Caddy itself.
	 * @throws StepError with Caddy's reason; the configuration from before keeps serving.
	 */
	async load(caddyfile: string): Promise<void> {
		// must-revalidate: also read again what the text only refers to, such as renewed certificate files.
		const response = await this.call("POST", "/load", caddyfile, { "Cache-Control": "must-revalidate" });
		if (response.status !== 200) throw new StepError(`Caddy rejects the Caddyfile: ${reasonIn(response)}`);
		// A load replaces the admin listener as well, and Caddy closes the connections of the old one.
		this.agent.destroy();
		this.agent = new TunnelAgent(this.engine, this.container);
	}

	/** Requests in flight by upstream address ("shop-prod-blue-web-1:3000"); exact while the upstream is in the configuration. */
	async inFlight(): Promise<Map<string, number>> {
		const response = await this.call("GET", "/reverse_proxy/upstreams");
		if (response.status !== 200)
			throw new Error(`Caddy's admin API answered ${response.status}: ${excerpt(response.body, 200)}`);
		const upstreams = JSON.parse(response.body) as { address: string; num_requests: number }[];
		return new Map(upstreams.map(({ address, num_requests }) => [address, num_requests]));
	}

	/**
	 * The root certificate of Caddy's own authority, as PEM.
	 * @throws StepError where Caddy does not tell it.
	 */
	async rootCertificate(): Promise<string> {
		const response = await this.call("GET", "/pki/ca/local");
		if (response.status !== 200)
			throw new StepError(`Caddy does not tell the root of its own authority: ${reasonIn(response)}`);
		return (JSON.parse(response.body) as { root_certificate: string }).root_certificate;
	}

	/** Ends the kept connection into the container. */
	close(): void {
		this.agent.destroy();
	}

	private call(
		method: string,
		path: string,
		body?: string,
		extra: Record<string, string> = {},
	): Promise<HttpResponse> {
		const headers = {
			Host: `${HOST}:${PORT}`,
			...(body !== undefined && { "Content-Type": "text/caddyfile" }),
			...extra,
		};
		const { agent, timeoutMs } = this;
		return http({
			host: HOST,
			port: PORT,
			path,
			method,
			headers,
			timeoutMs,
			agent,
			...(body !== undefined && { body }),
		});
	}
}

function reasonIn(response: HttpResponse): string {
	try {
		return (JSON.parse(response.body) as { error: string }).error;
	} catch {
		return `${response.status} ${excerpt(response.body, 400)}`;
	}
}
