import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { COLORS, type Color } from "../../../components/settings/schema";
import { shopImage } from "../../images/versions";
import { BENCH_LABEL, type Host } from "../host";
import { startNameServer } from "./name-server";

/** What each color runs, in every way. */
export const VERSIONS: Readonly<Record<Color, string>> = { blue: "1.0.0", green: "2.0.0" };
export const REPLICAS = 2;
export const MEMORY_MB = 256;

/**
 * Makes the shop say its color in each answer, as our own proxy does: by this the load client tells who answered. A
 * proxy that does not know colors cannot. Every way's replicas get it, ours too, so that all do the same work.
 */
const SAY_COLOR = `import { ServerResponse } from "node:http";
const { writeHead } = ServerResponse.prototype;
ServerResponse.prototype.writeHead = function (...head) {
	this.setHeader("x-color", process.env.COLOR);
	return writeHead.apply(this, head);
};`;
export const SHOP_ENVIRONMENT = {
	NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(SAY_COLOR)}`,
};

/** PostgreSQL and Redis for all ways that are not this project, and how they start a replica of the shop. */
export class Shop {
	readonly network = "bench";
	/** Settings that all replicas share, as a file, because a command line can be read by everybody. */
	readonly environmentFile: string;
	/** Address of the name server that the proxies get. */
	nameServer = "";

	constructor(private readonly host: Host) {
		this.environmentFile = path.join(host.folder, "shop.env");
	}

	async start(): Promise<void> {
		const { host, network } = this;
		const password = randomBytes(24).toString("hex");
		const variables = {
			...SHOP_ENVIRONMENT,
			DATABASE_URL: `postgres://shop:${password}@bench-postgres:5432/shop`,
			REDIS_URL: "redis://bench-redis:6379",
		};
		writeEnvironment(this.environmentFile, variables);
		const postgresFile = path.join(host.folder, "postgres.env");
		writeEnvironment(postgresFile, {
			POSTGRES_USER: "shop",
			POSTGRES_DB: "shop",
			POSTGRES_PASSWORD: password,
		});
		const label = `${BENCH_LABEL}=shop`;
		await host.docker("network", "create", "--label", label, network);
		this.nameServer = await startNameServer(host, network);
		const common = ["run", "--detach", "--network", network, "--label", label];
		const { postgres, redis } = host.images;
		await host.docker(...common, "--name", "bench-postgres", "--env-file", postgresFile, postgres);
		await host.docker(...common, "--name", "bench-redis", redis, "--appendonly", "yes");
		await host.until("PostgreSQL accepts connections", 60_000, () =>
			host.docker("exec", "bench-postgres", "pg_isready", "--host", "127.0.0.1").then(
				() => true,
				() => false,
			),
		);
	}

	/** `docker run` of one replica; returns when it has been started, not when it is ready. */
	async replica(way: string, name: string, color: Color): Promise<void> {
		await this.host.docker(
			...["run", "--detach", "--name", name, "--network", this.network],
			...["--label", `${BENCH_LABEL}=${way}`, "--restart", "unless-stopped"],
			...["--env-file", this.environmentFile, "--env", `COLOR=${color}`],
			...["--memory", `${MEMORY_MB}m`, "--memory-swap", `${MEMORY_MB}m`],
			shopImage("web", VERSIONS[color]),
		);
	}
}

/** Names of a way's replicas: by color, where both have containers of their own. */
export function replicaNames(way: string, color?: Color): string[] {
	const middle = color === undefined ? "" : `${color}-`;
	return Array.from({ length: REPLICAS }, (_, index) => `bench-${way}-${middle}${index + 1}`);
}

export const allReplicaNames = (way: string) => COLORS.flatMap((color) => replicaNames(way, color));

function writeEnvironment(file: string, variables: Record<string, string>): void {
	const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
	writeFileSync(file, lines.join(""), { mode: 0o600 });
}
