import { shopTemplate } from "../../images/versions";
import { freePort, type Host } from "../host";
import { BenchStack } from "../stack";
import { MEMORY_MB, REPLICAS, SHOP_ENVIRONMENT, VERSIONS } from "./shop";
import type { Way } from "./way";

export interface BlueGreenOptions {
	/** Becomes part of the stack's name. Default: "release". */
	readonly what?: string;
	/** Requests to the new replicas before visitors come. Default: none, as in the other ways. */
	readonly warmUp?: ServiceSettings["warmUp"];
}

type ServiceSettings = BenchStack["settings"]["services"][string];

/** This project: a stack of its own, released by `pulumi up`. */
export class BlueGreen implements Way {
	readonly name = "blue-green";
	readonly title = "this project";
	readonly recipe =
		"`pulumi up` with another `activeColor` and a new release of the standby color: replaces the standby's containers, then health gate, cutover, drain. The old color stays up for a rollback.";
	readonly proxy: string;
	private readonly stack: BenchStack;
	private revision = 1;

	/** @param port that the proxy publishes. */
	constructor(host: Host, port: number, { what = "release", warmUp }: BlueGreenOptions = {}) {
		this.stack = new BenchStack(host, what, shopSettings(host, port, warmUp));
		this.proxy = this.stack.proxy;
	}

	static async create(host: Host, options?: BlueGreenOptions): Promise<BlueGreen> {
		return new BlueGreen(host, await freePort(), options);
	}

	async prepare(): Promise<string> {
		await this.stack.init();
		await this.stack.up();
		return this.stack.url;
	}

	async switch(): Promise<void> {
		const { settings } = this.stack;
		settings.activeColor = "green";
		settings.colors.green = { version: VERSIONS.green, revision: String(this.revision++) };
		await this.stack.up();
	}

	async back(): Promise<void> {
		this.stack.settings.activeColor = "blue";
		await this.stack.up();
	}

	cleanUp(): Promise<void> {
		return this.stack.remove();
	}
}

/** The sample shop without its worker, as the other ways run it, both colors up and blue serving. */
export function shopSettings(
	host: Host,
	httpPort: number,
	warmUp?: ServiceSettings["warmUp"],
): BenchStack["settings"] {
	return {
		activeColor: "blue",
		images: shopTemplate,
		colors: { blue: { version: VERSIONS.blue }, green: { version: VERSIONS.green } },
		services: {
			web: {
				port: 3000,
				route: "/",
				replicas: REPLICAS,
				health: { path: "/health" },
				...(warmUp && { warmUp }),
				env: SHOP_ENVIRONMENT,
				resources: { memoryMb: MEMORY_MB },
			},
		},
		databases: {
			main: { type: "postgres", image: host.images.postgres, database: "shop" },
			cache: { type: "redis", image: host.images.redis },
		},
		// For 16 replicas that start at once on few cores.
		health: { deadline: "3m" },
		proxy: { image: host.images.caddy, httpPort },
	};
}
