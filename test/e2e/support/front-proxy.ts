import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { parse } from "yaml";
import type { z } from "zod";
import { renderCaddyfile } from "../../../components/proxy/caddyfile";
import type { RouteTables } from "../../../components/proxy/color-routes";
import { siteOf } from "../../../components/proxy/site";
import { CaddyAdmin } from "../../../components/runtime/caddy/admin";
import { exec } from "../../../components/runtime/docker/exec";
import { proxy as proxySchema } from "../../../components/settings/schema";
import { shopImage } from "../../../scripts/images/versions";
import { projectFolder } from "../../../scripts/lib/environment";
import { engine, eventually } from "./docker";
import { freePort } from "./stack";

type ProxyInput = z.input<typeof proxySchema>;

/** What a request got. */
export interface Answer {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly body: Buffer;
}

/** What the application behind the proxy saw of a request. */
export interface Seen {
	readonly upstream: string;
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly bytes: number;
}

/** Says what it has seen, as JSON; a few paths answer otherwise. */
const APPLICATION = `
require("node:http").createServer((request, response) => {
	const { url, headers } = request;
	if (url.startsWith("/text")) return response.setHeader("content-type", "text/html").end("text ".repeat(4_000));
	if (url.startsWith("/picture")) return response.setHeader("content-type", "image/png").end("text ".repeat(4_000));
	if (url.startsWith("/own")) response.setHeader("x-frame-options", "DENY");
	if (url.startsWith("/events")) {
		response.writeHead(200, { "content-type": "text/event-stream" }).write("data: " + "first ".repeat(400) + "\\n\\n");
		return setTimeout(() => response.end("data: last\\n\\n"), 3_000);
	}
	let bytes = 0;
	request.on("data", (chunk) => { bytes += chunk.length; });
	request.on("end", () => response.setHeader("content-type", "application/json")
		.end(JSON.stringify({ upstream: process.env.NAME, url, headers, bytes })));
	request.on("error", () => undefined);
}).listen(3000);`;

/** Caddy in a container with our Caddyfile, and applications that tell what they see: no Pulumi, no databases. */
export class FrontProxy {
	private readonly folder = mkdtempSync(path.join(tmpdir(), "front-proxy-"));

	private constructor(
		readonly name: string,
		readonly httpPort: number,
		readonly httpsPort: number,
		private readonly applications: readonly string[],
	) {}

	/**
	 * @param applications Their names; each is reached at `<name>-<application>:3000`.
	 * @param certificates A folder of this machine that is mounted where certificate files are expected.
	 */
	static async start(
		name: string,
		applications: readonly string[],
		proxy: ProxyInput,
		tables: (upstream: (application: string) => string) => RouteTables,
		certificates?: string,
	): Promise<FrontProxy> {
		const front = new FrontProxy(name, await freePort(), await freePort(), applications);
		await front.remove();
		await engine.api.createNetwork({ Name: name });
		await Promise.all(applications.map((application) => front.startApplication(application)));
		const upstream = (application: string) => `${name}-${application}:3000`;
		await front.startCaddy(front.caddyfile(proxy, tables(upstream)), certificates);
		return front;
	}

	get container(): string {
		return `${this.name}-proxy`;
	}

	/** Loads another Caddyfile, as the cutover does. */
	async load(proxy: ProxyInput, tables: RouteTables): Promise<void> {
		const admin = new CaddyAdmin(engine, this.container);
		try {
			await admin.load(this.caddyfile(proxy, tables));
		} finally {
			admin.close();
		}
	}

	/** Renames another switch file over the old one. */
	async writeSwitch(value: string): Promise<void> {
		await exec(
			engine,
			this.container,
			[...["sh", "-c", 'printf %s "$VALUE" >/switch/new && mv /switch/new /switch/green_below']],
			{ VALUE: value },
		);
	}

	/** The root of Caddy's own authority, as PEM. */
	async root(): Promise<string> {
		const admin = new CaddyAdmin(engine, this.container);
		try {
			return await admin.rootCertificate();
		} finally {
			admin.close();
		}
	}

	/** One request over plain HTTP, or over HTTPS where `tls` says whom to trust. */
	ask(options: AskOptions): Promise<Answer> {
		const port = options.tls ? this.httpsPort : this.httpPort;
		return ask(port, options);
	}

	/** What the application saw of it. */
	async seen(options: AskOptions): Promise<Seen> {
		const { body } = await this.ask(options);
		return JSON.parse(body.toString("utf8")) as Seen;
	}

	async remove(): Promise<void> {
		for (const container of [this.container, ...this.applications.map((one) => `${this.name}-${one}`)])
			await engine.api
				.getContainer(container)
				.remove({ force: true, v: true })
				.catch(() => undefined);
		await engine.api
			.getNetwork(this.name)
			.remove()
			.catch(() => undefined);
	}

	async dispose(): Promise<void> {
		await this.remove();
		rmSync(this.folder, { recursive: true, force: true });
	}

	private caddyfile(proxy: ProxyInput, tables: RouteTables): string {
		const settings = { ...proxy, httpPort: this.httpPort, httpsPort: this.httpsPort };
		return renderCaddyfile(siteOf(proxySchema.parse(settings)), tables);
	}

	private async startApplication(application: string): Promise<void> {
		const container = await engine.api.createContainer({
			name: `${this.name}-${application}`,
			Image: shopImage("web", "1.0.0"),
			Entrypoint: ["node", "-e", APPLICATION],
			Cmd: [],
			Env: [`NAME=${application}`],
			HostConfig: { NetworkMode: this.name },
		});
		await container.start();
	}

	private async startCaddy(caddyfile: string, certificates: string | undefined): Promise<void> {
		const file = path.join(this.folder, "Caddyfile");
		writeFileSync(file, caddyfile);
		const ports = [`${this.httpPort}/tcp`, `${this.httpsPort}/tcp`, `${this.httpsPort}/udp`];
		const published = ports.map((port) => [port, [{ HostIp: "127.0.0.1", HostPort: port.split("/")[0] }]]);
		const container = await engine.api.createContainer({
			name: this.container,
			Image: caddyImage(),
			Entrypoint: ["sh", "-c", "printf 0 >/switch/green_below; exec caddy run --config /etc/front/Caddyfile"],
			Cmd: [],
			ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
			HostConfig: {
				NetworkMode: this.name,
				Binds: [
					`${this.folder}:/etc/front:ro`,
					...(certificates ? [`${certificates}:/certificates:ro`] : []),
				],
				Tmpfs: { "/switch": "" },
				PortBindings: Object.fromEntries(published),
			},
		});
		await container.start();
		await eventually("Caddy and the applications answer", 20_000, async () => {
			const { status } = await this.ask({ path: "/health" });
			return status !== 502 && status !== 503;
		});
	}
}

export interface AskOptions {
	readonly path: string;
	readonly method?: string;
	/** Default: the address. */
	readonly host?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string | Buffer;
	/** HTTPS: the root to trust. */
	readonly tls?: { readonly ca: string };
	/** Send no length, so that nothing but what arrives tells how large it is. */
	readonly chunked?: boolean;
}

/** One request to this machine, on a connection of its own. */
export function ask(port: number, options: AskOptions): Promise<Answer> {
	const { path, method = "GET", host, headers = {}, body, tls, chunked } = options;
	return new Promise((resolve, reject) => {
		const plain = {
			...{ host: "127.0.0.1", port, path, method, agent: false as const },
			headers: {
				...headers,
				...(host !== undefined && { host }),
				...(body !== undefined && !chunked && { "content-length": String(Buffer.byteLength(body)) }),
			},
		};
		const sent = tls
			? httpsRequest({ ...plain, ca: tls.ca, ...(host !== undefined && { servername: host }) })
			: httpRequest(plain);
		sent.setTimeout(15_000, () => sent.destroy(new Error("no answer within 15 s")));
		sent.on("error", reject);
		sent.on("response", (response) => {
			const chunks: Buffer[] = [];
			response.on("data", (chunk: Buffer) => chunks.push(chunk));
			response.on("error", reject);
			response.on("end", () =>
				resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
			);
		});
		if (chunked && body !== undefined) sent.write(body);
		sent.end(chunked ? undefined : body);
	});
}

/** The image of the local stack's proxy. */
function caddyImage(): string {
	const settings = parse(readFileSync(path.join(projectFolder, "Pulumi.local.yaml"), "utf8")) as {
		config: { "shop:proxy": { image: string } };
	};
	return settings.config["shop:proxy"].image;
}
