import { Agent, type IncomingHttpHeaders, request } from "node:http";
import type { ContainerCreateOptions } from "dockerode";
import type { PlannedService } from "../../../components/plan/types";
import { renderCaddyfile } from "../../../components/proxy/caddyfile";
import { routesOf } from "../../../components/proxy/color-routes";
import { SWITCH_FILE, switchValue } from "../../../components/proxy/paths";
import type { Sharing } from "../../../components/proxy/share";
import { CaddyAdmin } from "../../../components/runtime/caddy/admin";
import { ProxyFiles } from "../../../components/runtime/caddy/files";
import { COLORS, type Color } from "../../../components/settings/schema";
import { localImages } from "../../../scripts/images/versions";
import { engine, eventually } from "./docker";

const PORT = 8080;
const REPLICAS = [1, 2];

/** Answers with its color, and with what it was sent. */
const ECHO = `
require("http").createServer((request, response) => {
	let length = 0;
	request.on("data", (chunk) => { length += chunk.length; });
	const host = process.env.HOSTNAME;
	request.on("end", () => response.end(JSON.stringify({ color: process.env.COLOR, host, method: request.method, length })));
}).listen(3000);
process.on("SIGTERM", () => process.exit());`;

export interface Visit {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly body: {
		readonly color?: Color;
		/** The container that answered. */
		readonly host?: string;
		readonly method?: string;
		readonly length?: number;
	};
	readonly durationMs: number;
}

/** A real Caddy with the Caddyfile of a stack, and two tiny replicas of each color; nothing of Pulumi. */
export class LoneProxy {
	private readonly agent = new Agent({ keepAlive: true, maxSockets: 50 });
	private readonly files: ProxyFiles;

	private constructor(
		private readonly name: string,
		private readonly port: number,
	) {
		this.files = new ProxyFiles(engine, `${name}-proxy`);
	}

	static async start(name: string): Promise<LoneProxy> {
		await removeAll(name);
		await engine.api.createNetwork({ Name: name });
		for (const color of COLORS) {
			for (const replica of REPLICAS) {
				await run(`${name}-${color}-web-${replica}`, name, {
					Image: localImages.node,
					Cmd: ["node", "-e", ECHO],
					Env: [`COLOR=${color}`],
				});
			}
		}
		await run(`${name}-proxy`, name, {
			Image: localImages.caddy,
			ExposedPorts: { [`${PORT}/tcp`]: {} },
			HostConfig: { PortBindings: { [`${PORT}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: "" }] } },
		});
		const { NetworkSettings } = await engine.api.getContainer(`${name}-proxy`).inspect();
		const proxy = new LoneProxy(name, Number(NetworkSettings.Ports[`${PORT}/tcp`]?.[0]?.HostPort));
		await proxy.switchTo("0");
		return proxy;
	}

	/** Loads the Caddyfile of these settings. */
	async configure(sharing: Sharing): Promise<void> {
		const routes = (color: Color) =>
			routesOf([
				{
					route: "/",
					replicas: REPLICAS.map((index) => ({
						container: "",
						upstream: `${this.name}-${color}-web-${index}:3000`,
					})),
				} as unknown as PlannedService,
			]);
		const site = { httpPort: PORT, hosts: [], colorHeader: "X-Color", holdForMs: 30_000 } as const;
		const text = renderCaddyfile(site, { blue: routes("blue"), green: routes("green") }, sharing);
		const admin = new CaddyAdmin(engine, `${this.name}-proxy`);
		try {
			await eventually("Caddy takes a Caddyfile", 20_000, async () => {
				await admin.load(text);
				return true;
			});
		} finally {
			admin.close();
		}
		await eventually("both colors answer", 20_000, async () => {
			await this.switchTo("g");
			if ((await this.visit()).status !== 200) return false;
			await this.switchTo("0");
			return (await this.visit()).status === 200;
		});
	}

	switchTo(value: string): Promise<void> {
		return this.files.write(SWITCH_FILE, value);
	}

	/** Stops all replicas of a color, at once. */
	async stop(color: Color): Promise<void> {
		await Promise.all(this.replicas(color).map((one) => one.stop({ t: 0 })));
	}

	/**
	 * Starts what was stopped, and waits until the color can be relied upon: a started container does not listen yet, and
	 * Caddy asks a replica that refused a connection again only when the time of that (`fail_duration`) is over.
	 */
	async startAgain(color: Color): Promise<void> {
		await Promise.all(this.replicas(color).map((one) => one.start()));
		await this.switchTo(switchValue(color));
		const listening = new Set<string>();
		await eventually(`every replica of ${color} answers visitors`, 30_000, async () => {
			const { status, body } = await this.visit();
			if (status === 200 && body.color === color && body.host !== undefined) listening.add(body.host);
			return listening.size === REPLICAS.length;
		});
	}

	private replicas(color: Color) {
		return REPLICAS.map((index) => engine.api.getContainer(`${this.name}-${color}-web-${index}`));
	}

	visit(headers: Record<string, string> = {}, body?: string): Promise<Visit> {
		const start = performance.now();
		return new Promise((resolve, reject) => {
			const sent = request(
				{
					port: this.port,
					host: "127.0.0.1",
					agent: this.agent,
					method: body === undefined ? "GET" : "POST",
					headers,
				},
				(response) => {
					let text = "";
					response.setEncoding("utf8").on("data", (chunk: string) => {
						text += chunk;
					});
					response.on("end", () => {
						const { statusCode = 0, headers: answered } = response;
						const durationMs = performance.now() - start;
						resolve({ status: statusCode, headers: answered, body: parsed(text), durationMs });
					});
					response.on("error", reject);
				},
			);
			sent.on("error", reject);
			sent.end(body);
		});
	}

	/** So many visits, 50 at once. */
	async visits(count: number, headers: Record<string, string> = {}, body?: string): Promise<Visit[]> {
		const all: Visit[] = [];
		let begun = 0;
		const lane = async () => {
			while (begun++ < count) all.push(await this.visit(headers, body));
		};
		await Promise.all(Array.from({ length: 50 }, lane));
		return all;
	}

	async remove(): Promise<void> {
		this.agent.destroy();
		this.files.close();
		await removeAll(this.name);
	}
}

function parsed(text: string): Visit["body"] {
	try {
		return JSON.parse(text) as Visit["body"];
	} catch {
		return {};
	}
}

async function run(name: string, network: string, options: ContainerCreateOptions): Promise<void> {
	const container = await engine.api.createContainer({
		name,
		...options,
		HostConfig: { ...options.HostConfig, NetworkMode: network },
	});
	await container.start();
}

/** A run that was killed has left its own. */
async function removeAll(name: string): Promise<void> {
	const all = await engine.api.listContainers({ all: true, filters: { name: [`^/${name}-`] } });
	for (const { Id } of all) await engine.api.getContainer(Id).remove({ force: true, v: true });
	await engine.api
		.getNetwork(name)
		.remove()
		.catch(() => undefined);
}
