import type { Color } from "../../../components/settings/schema";
import type { Host } from "../host";
import { OwnCaddy } from "./caddy";
import { allReplicaNames, replicaNames, type Shop } from "./shop";
import type { Way } from "./way";

const NAME = "caddy-reload";

/**
 * Both colors run; the Caddyfile names one of them. As in the documentation of Caddy's official image:
 * `docker exec -w /etc/caddy <container> caddy reload`, which posts the Caddyfile to /load.
 */
export class CaddyReload implements Way {
	readonly name = NAME;
	readonly title = "Caddy reload";
	readonly recipe =
		"Both colors run already. The Caddyfile's `reverse_proxy` gets the other color's names, then `caddy reload` (`POST /load`). Nothing is started or stopped.";
	readonly proxy: string;
	private readonly caddy: OwnCaddy;

	constructor(
		private readonly host: Host,
		private readonly shop: Shop,
	) {
		this.caddy = new OwnCaddy(host, shop, NAME);
		this.proxy = this.caddy.container;
	}

	async prepare(): Promise<string> {
		for (const color of ["blue", "green"] as const)
			for (const replica of replicaNames(NAME, color)) await this.shop.replica(NAME, replica, color);
		const url = await this.caddy.start(replicaNames(NAME, "blue"));
		await this.caddy.untilReady(allReplicaNames(NAME));
		return url;
	}

	switch(): Promise<void> {
		return this.reload("green");
	}

	back(): Promise<void> {
		return this.reload("blue");
	}

	cleanUp(): Promise<void> {
		return this.host.removeWay(NAME);
	}

	private async reload(color: Color): Promise<void> {
		this.caddy.write(replicaNames(NAME, color));
		await this.host.docker("exec", "--workdir", "/etc/caddy", this.proxy, "caddy", "reload");
	}
}
