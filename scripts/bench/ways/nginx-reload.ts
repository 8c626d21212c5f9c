import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Color, otherColor } from "../../../components/settings/schema";
import { BENCH_LABEL, type Host } from "../host";
import { replicaNames, type Shop } from "./shop";
import type { Way } from "./way";

const NAME = "nginx-reload";

/** Kept connections to the upstreams as nginx's documentation has them (ngx_http_upstream_module, `keepalive`). */
const SITE = `server {
	listen 80;
	location / {
		proxy_pass http://app;
		proxy_http_version 1.1;
		proxy_set_header Connection "";
		proxy_set_header Host $host;
		proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
	}
}
`;

/**
 * The deploy.sh that blue-green on one host mostly is: start the new containers, ask them with curl until they are
 * healthy, write the upstream file, `nginx -t && nginx -s reload`, stop and remove the old ones. After
 * https://how2.sh/posts/how-to-devops-blue-green-nginx and
 * https://www.tines.com/blog/simple-zero-downtime-deploys-with-nginx-and-docker-compose
 */
export class NginxReload implements Way {
	readonly name = NAME;
	readonly title = "nginx reload";
	readonly recipe =
		"A deploy script: start the new containers, ask `/health` until they answer, rewrite the `upstream` file, `nginx -t`, `nginx -s reload`, then `docker stop` and `docker rm` of the old ones.";
	readonly proxy = `bench-${NAME}-proxy`;
	private readonly folder: string;

	constructor(
		private readonly host: Host,
		private readonly shop: Shop,
		/** Debian's nginx. */
		private readonly image: string,
	) {
		this.folder = path.join(host.folder, NAME);
	}

	async prepare(): Promise<string> {
		const { host } = this;
		const replicas = replicaNames(NAME, "blue");
		for (const replica of replicas) await this.shop.replica(NAME, replica, "blue");
		mkdirSync(this.folder, { recursive: true });
		writeFileSync(path.join(this.folder, "site.conf"), SITE);
		this.writeUpstream("blue");
		await host.docker(
			...["run", "--detach", "--name", this.proxy, "--network", this.shop.network],
			...["--label", `${BENCH_LABEL}=${NAME}`, "--publish", "127.0.0.1::80"],
			...["--volume", `${this.folder}:/etc/nginx/conf.d:ro`, this.image],
		);
		await this.untilReady(replicas);
		return host.publishedUrl(this.proxy);
	}

	switch(): Promise<void> {
		return this.deploy("green");
	}

	back(): Promise<void> {
		return this.deploy("blue");
	}

	cleanUp(): Promise<void> {
		return this.host.removeWay(NAME);
	}

	private async deploy(color: Color): Promise<void> {
		const { host } = this;
		const replicas = replicaNames(NAME, color);
		const old = replicaNames(NAME, otherColor(color));
		for (const replica of replicas) await this.shop.replica(NAME, replica, color);
		await this.untilReady(replicas);
		this.writeUpstream(color);
		await host.docker("exec", this.proxy, "nginx", "-t");
		await host.docker("exec", this.proxy, "nginx", "-s", "reload");
		await host.docker("stop", ...old);
		await host.docker("rm", ...old);
	}

	private async untilReady(replicas: readonly string[]): Promise<void> {
		for (const replica of replicas)
			await this.host.untilReady(replica, this.proxy, ["curl", "-fsS", "-o", "/dev/null"]);
	}

	private writeUpstream(color: Color): void {
		const servers = replicaNames(NAME, color).map((name) => `\tserver ${name}:3000;\n`);
		writeFileSync(
			path.join(this.folder, "upstream.conf"),
			`upstream app {\n${servers.join("")}\tkeepalive 32;\n}\n`,
		);
	}
}
