import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import type { Color } from "../../../components/settings/schema";
import { shopImage } from "../../images/versions";
import { run } from "../../lib/run";
import type { Compose } from "../../set-up/compose";
import { BENCH_LABEL, type Host } from "../host";
import { OwnCaddy } from "./caddy";
import { MEMORY_MB, REPLICAS, type Shop, VERSIONS } from "./shop";
import type { Way } from "./way";

const NAME = "compose";

/**
 * What Docker's own documentation says (https://docs.docker.com/compose/how-tos/production/, "Deploying changes"):
 * `docker compose up --no-deps --detach web`, here with another tag in .env. Caddy finds the replicas by the service's
 * name.
 */
export class ComposeRecreate implements Way {
	readonly name = NAME;
	readonly title = "docker compose up";
	readonly recipe =
		"The image's tag is changed in `.env`, then `docker compose up --no-deps --detach web` recreates the replicas. Caddy finds them as `web:3000`.";
	readonly proxy = `bench-${NAME}-proxy`;
	private readonly folder: string;

	constructor(
		private readonly host: Host,
		private readonly shop: Shop,
		private readonly compose: Compose,
	) {
		this.folder = path.join(host.folder, NAME);
	}

	async prepare(): Promise<string> {
		const { host, shop } = this;
		mkdirSync(this.folder, { recursive: true });
		new OwnCaddy(host, shop, NAME).write(["web"]);
		const labels = { [BENCH_LABEL]: NAME };
		const project = {
			name: `bench-${NAME}`,
			services: {
				proxy: {
					image: host.images.caddy,
					container_name: this.proxy,
					ports: ["127.0.0.1::80"],
					volumes: ["./caddy:/etc/caddy:ro"],
					dns: shop.nameServer,
					labels,
				},
				web: {
					image: shopImage("web", "$TAG"),
					env_file: shop.environmentFile,
					environment: { COLOR: "$RELEASE_COLOR" },
					deploy: { replicas: REPLICAS },
					mem_limit: `${MEMORY_MB}m`,
					memswap_limit: `${MEMORY_MB}m`,
					restart: "unless-stopped",
					labels,
				},
			},
			networks: { default: { name: shop.network, external: true } },
		};
		writeFileSync(path.join(this.folder, "compose.yaml"), stringify(project));
		await this.up("blue");
		const url = await host.publishedUrl(this.proxy);
		await host.until("the shop answers", 60_000, () =>
			fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) }).then(
				({ ok }) => ok,
				() => false,
			),
		);
		return url;
	}

	switch(): Promise<void> {
		return this.up("green", "--no-deps", "web");
	}

	back(): Promise<void> {
		return this.up("blue", "--no-deps", "web");
	}

	cleanUp(): Promise<void> {
		return this.host.removeWay(NAME);
	}

	private async up(color: Color, ...more: string[]): Promise<void> {
		// Not COLOR: a variable of the shell would win over the file, and npm sets that one.
		writeFileSync(path.join(this.folder, ".env"), `TAG=${VERSIONS[color]}\nRELEASE_COLOR=${color}\n`);
		const [program, ...first] = this.compose.command;
		await run(program, [...first, "up", "--detach", ...more], {
			what: "docker compose up",
			cwd: this.folder,
			timeoutMs: 120_000,
			signal: this.host.signal,
		});
	}
}
