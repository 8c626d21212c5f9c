import { renderCaddyfile, type Site } from "../../../components/proxy/caddyfile";
import type { Sharing } from "../../../components/proxy/share";
import { SWITCH_FILE, SWITCH_FOLDER } from "../../../components/proxy/switch-file";
import { COLORS, type Color } from "../../../components/settings/schema";
import { localImages } from "../../../scripts/images/versions";
import { engine, eventually, inContainer } from "./docker";
import { freePort } from "./stack";

/** Answers what the path asks for; "/cut" ends within the answer, "/events" never ends. */
const APPLICATION = `
require("node:http").createServer((request, response) => {
	const { pathname, searchParams } = new URL(request.url, "http://localhost");
	const [, what, value] = pathname.split("/");
	if (what === "status") response.writeHead(Number(value)).end("as asked");
	else if (what === "slow") setTimeout(() => response.end("slow"), Number(value));
	else if (what === "cut") { response.writeHead(200, { "content-length": 1000 }); response.write("begun"); setTimeout(() => response.destroy(), 50); }
	else if (what === "events") { response.writeHead(200, { "content-type": "text/event-stream" }); response.write("data: 1\\n\\n"); setTimeout(() => response.end(), 300); }
	else response.end("ok");
}).on("upgrade", (request, socket) => {
	socket.write("HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n");
	setTimeout(() => socket.end(), 300);
}).listen(3000)`;

const SHARING: Sharing = { sticky: false, counted: true };

/** Caddy with the Caddyfile of a stack, and one small application for each color; no Pulumi. */
export class LoggedProxy {
	private constructor(
		private readonly name: string,
		readonly url: string,
		readonly container: string,
		readonly upstreams: Record<Color, string[]>,
	) {}

	/** @param change What differs from the Caddyfile of a stack. */
	static async start(
		name: string,
		change: (caddyfile: string) => string = (text) => text,
	): Promise<LoggedProxy> {
		const port = await freePort();
		const upstreams = { blue: [`${name}-blue:3000`], green: [`${name}-green:3000`] };
		const proxy = new LoggedProxy(name, `http://127.0.0.1:${port}`, `${name}-proxy`, upstreams);
		await proxy.dispose();
		await engine.api.createNetwork({ Name: name });
		for (const color of COLORS)
			await proxy.run(`${name}-${color}`, { Image: localImages.node, Cmd: ["node", "-e", APPLICATION] });
		const site: Site = { httpPort: port, hosts: [], colorHeader: "X-Color", holdForMs: 30_000 };
		const routes = (color: Color) => [{ prefix: "/", upstreams: upstreams[color] }];
		const caddyfile = change(
			renderCaddyfile(site, { blue: routes("blue"), green: routes("green") }, SHARING),
		);
		const start = `mkdir -p ${SWITCH_FOLDER}; printf 0 > ${SWITCH_FILE}; printf %s "$CADDYFILE" > /Caddyfile; exec caddy run --config /Caddyfile --adapter caddyfile`;
		await proxy.run(proxy.container, {
			Image: localImages.caddy,
			Cmd: ["sh", "-c", start],
			Env: [`CADDYFILE=${caddyfile}`],
			ExposedPorts: { [`${port}/tcp`]: {} },
			HostConfig: {
				NetworkMode: name,
				PortBindings: { [`${port}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
			},
		});
		await eventually("the proxy answers", 20_000, async () => (await fetch(proxy.url)).ok);
		return proxy;
	}

	/** Writes the switch file. */
	async switchTo(value: string): Promise<void> {
		await inContainer(this.container, "sh", "-c", `printf %s '${value}' > ${SWITCH_FILE}`);
	}

	async dispose(): Promise<void> {
		for (const name of [this.container, ...COLORS.map((color) => `${this.name}-${color}`)])
			await engine.api
				.getContainer(name)
				.remove({ force: true })
				.catch(() => undefined);
		await engine.api
			.getNetwork(this.name)
			.remove()
			.catch(() => undefined);
	}

	private async run(name: string, options: Parameters<typeof engine.api.createContainer>[0]): Promise<void> {
		const HostConfig = { NetworkMode: this.name, ...options.HostConfig };
		const container = await engine.api.createContainer({ name, ...options, HostConfig });
		await container.start();
	}
}
