import type { Color } from "../../../components/settings/schema";
import type { Host } from "../host";
import { OwnCaddy } from "./caddy";
import { replicaNames, type Shop } from "./shop";
import type { Way } from "./way";

const NAME = "stop-start";

/** The three lines that most deploy scripts begin as: `docker stop`, `docker rm`, `docker run`, under the same names. */
export class StopStart implements Way {
	readonly name = NAME;
	readonly title = "stop, then start";
	readonly recipe =
		"`docker stop` and `docker rm` of the replicas, then `docker run` of the new image under the same names. Caddy's configuration stays as it is.";
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
		const replicas = replicaNames(NAME);
		await this.run("blue");
		const url = await this.caddy.start(replicas);
		await this.caddy.untilReady(replicas);
		return url;
	}

	async switch(): Promise<void> {
		await this.stop();
		await this.run("green");
	}

	async back(): Promise<void> {
		await this.stop();
		await this.run("blue");
	}

	cleanUp(): Promise<void> {
		return this.host.removeWay(NAME);
	}

	private async stop(): Promise<void> {
		await this.host.docker("stop", ...replicaNames(NAME));
		await this.host.docker("rm", ...replicaNames(NAME));
	}

	private async run(color: Color): Promise<void> {
		for (const replica of replicaNames(NAME)) await this.shop.replica(NAME, replica, color);
	}
}
