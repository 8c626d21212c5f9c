import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { BENCH_LABEL, type Host } from "../host";
import type { Shop } from "./shop";

/** A person's own Caddy: a Caddyfile of a few lines, in a folder that the container mounts. */
export class OwnCaddy {
	readonly container: string;
	private readonly folder: string;

	constructor(
		private readonly host: Host,
		private readonly shop: Shop,
		private readonly way: string,
	) {
		this.container = `bench-${way}-proxy`;
		this.folder = path.join(host.folder, way, "caddy");
	}

	/** @returns the folder of the Caddyfile. */
	write(upstreams: readonly string[]): string {
		mkdirSync(this.folder, { recursive: true });
		const addresses = upstreams.map((name) => `${name}:3000`).join(" ");
		writeFileSync(path.join(this.folder, "Caddyfile"), `:80 {\n\treverse_proxy ${addresses}\n}\n`);
		return this.folder;
	}

	/** Starts it on the upstreams. @returns where it is published. */
	async start(upstreams: readonly string[]): Promise<string> {
		await this.host.docker(
			...["run", "--detach", "--name", this.container, "--network", this.shop.network],
			...["--dns", this.shop.nameServer],
			...["--label", `${BENCH_LABEL}=${this.way}`, "--publish", "127.0.0.1::80"],
			...["--volume", `${this.write(upstreams)}:/etc/caddy:ro`],
			this.host.images.caddy,
		);
		return this.host.publishedUrl(this.container);
	}

	/** Waits until a replica answers, asked from Caddy's container. */
	async untilReady(replicas: readonly string[]): Promise<void> {
		for (const replica of replicas)
			await this.host.untilReady(replica, this.container, ["wget", "-q", "-O", "/dev/null"]);
	}
}
