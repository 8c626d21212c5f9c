import type { IncomingMessage, ServerResponse } from "node:http";
import { pageFiles } from "../../../../components/proxy/pages";
import { readSwitch } from "../../../../components/proxy/switch-file";
import type { CutoverInputs, Target } from "../../../../components/runtime/steps";
import type { Color } from "../../../../components/settings/schema";
import { FakeEngine } from "./fake-engine";
import { lineServer } from "./line-server";
import { type LocalServer, serve } from "./server";

const SWITCH = "/switch/green_below";
const CADDYFILE = "/config/blue-green/Caddyfile";
export const RELEASES = "/config/blue-green/releases.json";
export const TOKEN_FILE = "/config/blue-green/preview-token";
export const PROXY = "p-proxy";
/** When a release that is there already had all traffic for the first time. */
export const LONG_AGO = "2026-11-21T10:00:00.000Z";
/** Every cutover looks whether the pages are there. */
export const PAGES_READ = Object.keys(pageFiles(undefined)).map((path) => `read ${path}`);

/**
 * A host with a proxy, its admin API, its public side and one replica of each color; `log` is what was done to it, in
 * order. Everything but Docker's API and Caddy's behavior is the real thing: tunnels, HTTP, files by name.
 */
export class FakeHost {
	readonly log: string[] = [];
	readonly files = new Map<string, string>();
	/** The Caddyfile that Caddy runs. */
	running: string | undefined;
	caddyVersion = "v2.11.9";
	/** The gate's last run; it has just ended. */
	gate = { startedAt: new Date(Date.now() - 1_234).toISOString(), durationMs: 1_234 };
	/** Status of each replica's health path, and of its answers on the public side. */
	readonly health: Record<Color, number> = { blue: 200, green: 200 };
	readonly publicStatus: Record<Color, number> = { blue: 200, green: 200 };
	/** That of the maintenance page. */
	pageStatus = 503;
	readonly inFlight: Record<string, number> = {};
	/** What the public side and the preview answer on a path, where it is not that. */
	readonly answers: Record<
		string,
		(color: Color, way: "public" | "preview", request: IncomingMessage, response: ServerResponse) => void
	> = {};
	/** What Caddy says to a Caddyfile that is to be loaded, if it does not like it. */
	rejects: string | undefined;
	/** Calls of the admin API ("GET /config/") that are answered with an error. */
	readonly failing = new Set<string>();
	/** Files that cannot be written. */
	readonly readOnly = new Set<string>();
	/** Cookies of the requests to the public side. */
	readonly cookies: (string | undefined)[] = [];
	/** Files that cannot be read. */
	readonly unreadable = new Set<string>();
	/** The disk fails once this text has been written. */
	readOnlyAfter: string | undefined;

	private constructor(
		readonly fake: FakeEngine,
		private readonly servers: LocalServer[],
	) {}

	static async start(): Promise<FakeHost> {
		const fake = await FakeEngine.start();
		const servers: LocalServer[] = [];
		const host = new FakeHost(fake, servers);
		fake.containers.set(PROXY, { logs: ["caddy was here"] });
		fake.file = (container, path) => (container === PROXY ? host.files.get(path) : undefined);
		fake.run = async (container, [program]) => {
			if (container !== PROXY || program !== "caddy") throw new Error(`${program} was run in ${container}`);
			return { stdout: host.caddyVersion };
		};
		fake.talk = (container) =>
			container === PROXY ? lineServer((line) => host.fileAnswer(line)) : undefined;
		const admin = await serve((request, response) => {
			let body = "";
			request.on("data", (chunk) => (body += chunk));
			request.on("end", () => {
				const { status, answer } = host.admin(`${request.method} ${request.url}`, body);
				response.writeHead(status).end(answer);
			});
		});
		fake.dial.set("127.0.0.1:2019", admin.port);
		const site = await serve((request, response) => {
			const { cookie } = request.headers;
			host.cookies.push(cookie);
			const color = cookie === undefined ? host.colorFor(request.headers["x-preview"]) : host.colorOf(cookie);
			const way = color === host.serving() || cookie !== undefined ? "public" : "preview";
			if (way === "public" && readSwitch(host.files.get(SWITCH) ?? "").maintenance) {
				host.log.push(`public ${request.url} by the page`);
				response.writeHead(host.pageStatus).end("back soon");
				return;
			}
			host.log.push(`${way} ${request.url} by ${color}`);
			const answer = host.answers[request.url ?? ""];
			if (answer !== undefined) return void answer(color, way, request, response);
			response.writeHead(host.publicStatus[color], { "X-Color": color }).end(`${color} says hello`);
		});
		servers.push(admin, site);
		for (const color of ["blue", "green"] as const) {
			const replica = await serve((request, response) => {
				host.log.push(`ask ${color} ${request.url}`);
				response.writeHead(host.health[color]).end();
			});
			fake.containers.set(`p-${color}-web-1`, { logs: [`${color} was here`] });
			fake.dial.set(`p-${color}-web-1:3000`, replica.port);
			servers.push(replica);
		}
		return host;
	}

	async close(): Promise<void> {
		for (const server of this.servers) await server.close();
		await this.fake.close();
	}

	get engine() {
		return this.fake.engine;
	}

	/** The switch file is read for every request; without it, blue. */
	serving(): Color {
		return (this.files.get(SWITCH) ?? "0").startsWith("g") ? "green" : "blue";
	}

	/** The color of a visitor of a trial; see components/proxy/share.ts. */
	private colorOf(cookie: string): Color {
		const visit = (this.files.get(SWITCH) ?? "").slice(-32);
		return cookie === `blue-green=${visit.slice(16)}` ? "green" : "blue";
	}

	/** With the right token, that of the file, the color that does not serve. */
	private colorFor(token: unknown): Color {
		const serving = this.serving();
		if (token === undefined || token !== this.files.get(TOKEN_FILE)) return serving;
		return serving === "blue" ? "green" : "blue";
	}

	/** As it is after `color` has been released with `caddyfile`. */
	released(color: Color, caddyfile: string): void {
		this.files.set(SWITCH, color === "green" ? "g" : "0");
		this.files.set(CADDYFILE, caddyfile);
		this.files.set(RELEASES, this.record({ [color]: LONG_AGO }));
		for (const [path, text] of Object.entries(pageFiles(undefined))) this.files.set(path, text);
		this.running = caddyfile;
	}

	/** What is recorded of both colors, and of those that have served since when. */
	record(since: Partial<Record<Color, string>>, releases = this.inputs("blue").releases): string {
		const served = Object.fromEntries(
			Object.entries(since).map(([color, at]) => [
				color,
				{ version: releases[color as Color]?.version, since: at },
			]),
		);
		return JSON.stringify({ ...releases, served });
	}

	/** What the program asks the cutover for. */
	inputs(active: Color, changes: Partial<CutoverInputs> = {}): CutoverInputs {
		const target: Target = {
			container: `p-${active}-web-1`,
			id: `id-of-p-${active}-web-1`,
			service: "web",
			readiness: { http: { port: 3000, path: "/health" } },
		};
		const site = this.servers[1]?.url ?? "";
		return {
			traffic: `${active} 1`,
			active,
			maintenance: "off",
			releases: { blue: { version: "1.0.0", services: {} }, green: { version: "2.0.0", services: {} } },
			caddyfile: "a Caddyfile",
			proxy: { container: PROXY, id: `id-of-${PROXY}`, url: site, colorHeader: "X-Color" },
			upstreams: { blue: ["p-blue-web-1:3000"], green: ["p-green-web-1:3000"] },
			targets: [target],
			checks: [{ service: "web", path: "/", expect: "2xx" }],
			policy: { intervalMs: 5, timeoutMs: 2_000, passes: 2, deadlineMs: 500 },
			gate: this.gate,
			forward: true,
			...changes,
		};
	}

	/** What the file server in the proxy's container answers; see components/runtime/caddy/files.ts. */
	private fileAnswer(line: string): string {
		const [verb, path = "", encoded = ""] = line.split(" ");
		const error = (reason: string) => `error ${Buffer.from(reason).toString("base64")}`;
		if (verb === "read") {
			this.log.push(`read ${path}`);
			if (this.unreadable.has(path)) return error("Input/output error");
			const text = this.files.get(path);
			return text === undefined ? "none" : `text ${Buffer.from(text).toString("base64")}`;
		}
		if (this.readOnly.has(path)) return error("Read-only file system");
		const text = Buffer.from(encoded, "base64").toString();
		this.files.set(path, text);
		if (text === this.readOnlyAfter) this.readOnly.add(path);
		this.log.push(`write ${path} ${path === RELEASES ? withoutNow(text) : text}`);
		return "done";
	}

	private admin(what: string, body: string): { status: number; answer: string } {
		this.log.push(what);
		if (this.failing.has(what)) return { status: 500, answer: "no" };
		if (what === "POST /adapt") return ok({ result: { caddyfile: body } });
		if (what === "GET /config/") return ok(this.running === undefined ? null : { caddyfile: this.running });
		if (what === "GET /reverse_proxy/upstreams")
			return ok(Object.entries(this.inFlight).map(([address, num_requests]) => ({ address, num_requests })));
		if (what !== "POST /load") return { status: 404, answer: "" };
		if (this.rejects !== undefined) return { status: 400, answer: JSON.stringify({ error: this.rejects }) };
		this.running = body;
		return ok(null);
	}
}

/** With the time of this test made the same. */
function withoutNow(text: string): string {
	return text.replaceAll(/"since":"([^"]+)"/g, (all, time) =>
		Date.now() - Date.parse(time) < 60_000 ? '"since":"now"' : all,
	);
}

function ok(answer: unknown) {
	return { status: 200, answer: JSON.stringify(answer) };
}
