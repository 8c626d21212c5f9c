import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { json, text } from "node:stream/consumers";
import Docker from "dockerode";
import { Engine } from "../../../../components/runtime/docker/engine";
import { serve } from "./server";

/** A container as the fake Engine tells of it; what is left out is that of one that runs well. */
export interface FakeContainer {
	id?: string;
	status?: string;
	exitCode?: number;
	outOfMemory?: boolean;
	startedAt?: Date;
	restarts?: number;
	health?: { status: string; output?: string };
	logs?: string[];
	/** Events of its process, oldest first: an exit code, or "oom" just before one. */
	ends?: (number | "oom")[];
	/** Id of its image. */
	imageId?: string;
	/** Docker's health check: "CMD", then a command. */
	healthTest?: string[];
	/** When one of this name was told to stop, ms since 1970. */
	stoppedAtMs?: number;
	labels?: Record<string, string>;
	/** As the list of containers has them; a port that is not published has no public one. */
	ports?: { IP?: string; PrivatePort: number; PublicPort?: number }[];
	/** Names. */
	volumes?: string[];
}

export interface Ran {
	stdout?: string;
	stderr?: string;
	exitCode?: number;
}

/** What a command does that is run in a container; undefined: it never ends. */
export type Run = (
	container: string,
	command: string[],
	env: Record<string, string>,
) => Promise<Ran | undefined>;

interface Exec {
	container: string;
	command: string[];
	env: Record<string, string>;
	exitCode: number | null;
}

/**
 * The part of Docker's API that the steps of a release use, on a socket of its own: they talk to it through the real
 * client, frames, hijacked streams and all. `nc` in a container reaches what `dial` names, on this machine's loopback.
 */
export class FakeEngine {
	readonly containers = new Map<string, FakeContainer>();
	/** Names by id. Docker keeps those with attached containers: see `attached`. */
	readonly networks = new Map<string, { name: string; labels?: Record<string, string> }>();
	/** Labels of volumes, by name. */
	readonly volumes = new Map<string, Record<string, string>>();
	/** Ids of networks that something is attached to. */
	readonly attached = new Set<string>();
	/** Calls ("DELETE /networks/n1") that fail, and why. */
	readonly failing = new Map<string, string>();
	/** What was stopped or removed, in order: "stop p-blue-web-1 after 10 s". */
	readonly ended: string[] = [];
	/** Local ports by the "host:port" that a container dials. */
	readonly dial = new Map<string, number>();
	/** Containers that were restarted, in order. */
	readonly restarted: string[] = [];
	run: Run = async (_, command) => ({ stderr: `no such program: ${command[0]}`, exitCode: 127 });
	/** What a command answers that is run with its standard input attached; undefined: there is no such program. */
	talk: (container: string, command: string[]) => Duplex | undefined = () => undefined;
	/** The text of a file in a container; undefined: there is none. */
	file: (container: string, path: string) => string | undefined = () => undefined;
	/** How far the Engine's clock is ahead. */
	clockOffsetMs = 0;

	private closeTcp: (() => Promise<void>) | undefined;
	private readonly execs = new Map<string, Exec>();
	private readonly sockets = new Set<Socket>();
	private readonly folder = mkdtempSync(join(tmpdir(), "fake-engine-"));
	readonly socketPath = join(this.folder, "docker.sock");
	readonly engine = new Engine(new Docker({ socketPath: this.socketPath }));
	private readonly server: Server = createServer((request, response) => {
		this.answer(request, response).catch((error) => send(response, 500, { message: String(error) }));
	});

	static async start(): Promise<FakeEngine> {
		const fake = new FakeEngine();
		fake.server.on("upgrade", (request, socket, head) => fake.hijack(request, socket as Socket, head));
		fake.server.on("connection", (socket) => fake.sockets.add(socket));
		await once(fake.server.listen(fake.socketPath), "listening");
		return fake;
	}

	/** Lets the Engine be reached at a TCP address as well, as one on another machine is. */
	async listenOnTcp(): Promise<string> {
		const { url, close } = await serve((request, response) => void this.answer(request, response));
		this.closeTcp = close;
		return url.replace("http:", "tcp:");
	}

	async close(): Promise<void> {
		await this.closeTcp?.();
		for (const socket of this.sockets) socket.destroy();
		this.server.close();
		await once(this.server, "close");
		rmSync(this.folder, { recursive: true });
	}

	private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const [what, name = "", which] = (request.url ?? "").split("?")[0]?.split("/").slice(1) ?? [];
		const failure = this.failing.get(`${request.method} ${(request.url ?? "").split("?")[0]}`);
		if (failure !== undefined) return send(response, 500, { message: failure });
		if (what === "info")
			return send(response, 200, { SystemTime: new Date(Date.now() + this.clockOffsetMs).toISOString() });
		if (what === "events") {
			response.writeHead(200);
			return void response.end(this.events(new URL(request.url ?? "", "http://docker").searchParams));
		}
		if (what === "containers" && name === "json" && which === undefined)
			return send(response, 200, this.listed(new URL(request.url ?? "", "http://docker").searchParams));
		if (what === "volumes") return this.listVolumes(request, response);
		if (what === "networks") return this.answerNetworks(name, request, response);
		if (what === "exec") return this.answerExec(name, which, request, response);
		const container = this.containers.get(name) ?? this.byId(name);
		if (container === undefined) return send(response, 404, { message: `No such container: ${name}` });
		if (which === "stop" || request.method === "DELETE") return this.end(name, request, response);
		if (which === "json") return send(response, 200, inspected(name, container));
		if (which === "restart") {
			this.restarted.push(name);
			return void response.writeHead(204).end();
		}
		if (which === "archive") {
			const path = new URL(request.url ?? "", "http://docker").searchParams.get("path") ?? "";
			const content = this.file(name, path);
			if (content === undefined)
				return send(response, 404, { message: `Could not find the file ${path} in container ${name}` });
			response.writeHead(200, { "Content-Type": "application/x-tar" });
			return void response.end(archive(path, content));
		}
		if (which === "logs") {
			response.writeHead(200);
			for (const line of container.logs ?? []) response.write(frame(1, `${line}\n`));
			return void response.end();
		}
		if ((container.status ?? "running") !== "running")
			return send(response, 409, { message: `Container ${name} is not running` });
		const { Cmd, Env = [] } = (await json(request)) as { Cmd: string[]; Env?: string[] };
		const env = Object.fromEntries(Env.map((line) => line.split(/=(.*)/s).slice(0, 2)));
		const Id = randomUUID();
		this.execs.set(Id, { container: name, command: Cmd, env, exitCode: null });
		send(response, 201, { Id });
	}

	private byId(id: string): FakeContainer | undefined {
		return [...this.containers].find(([name, container]) => idOf(name, container) === id)?.[1];
	}

	private end(id: string, request: IncomingMessage, response: ServerResponse): void {
		const [name = ""] = [...this.containers].find(([known, one]) => idOf(known, one) === id) ?? [];
		const seconds = new URL(request.url ?? "", "http://docker").searchParams.get("t");
		this.ended.push(
			`${request.method === "DELETE" ? "remove" : "stop"} ${name}${seconds ? ` after ${seconds} s` : ""}`,
		);
		if (request.method === "DELETE") this.containers.delete(name);
		response.writeHead(204).end();
	}

	private answerNetworks(id: string, request: IncomingMessage, response: ServerResponse): void {
		if (request.method === "DELETE") {
			if (this.attached.has(id)) send(response, 403, { message: "network has active endpoints" });
			else if (!this.networks.delete(id)) send(response, 404, { message: `network ${id} not found` });
			else {
				this.ended.push(`remove network ${id}`);
				response.writeHead(204).end();
			}
			return;
		}
		const fitting = [...this.networks].filter(([, { labels = {} }]) => fits(request, labels));
		send(
			response,
			200,
			fitting.map(([Id, { name: Name }]) => ({ Id, Name })),
		);
	}

	private listVolumes(request: IncomingMessage, response: ServerResponse): void {
		const fitting = [...this.volumes].filter(([, labels]) => fits(request, labels));
		// Docker's word for none is null.
		const Volumes = fitting.length === 0 ? null : fitting.map(([Name, Labels]) => ({ Name, Labels }));
		send(response, 200, { Volumes, Warnings: null });
	}

	/** What became of the processes of the containers that are asked for, a line each. */
	private events(query: URLSearchParams): string {
		const { container = [], event = [] } = JSON.parse(query.get("filters") ?? "{}") as {
			container?: string[];
			event?: string[];
		};
		if (event.includes("kill")) return this.stops(container);
		const ends = container.flatMap((name) => this.containers.get(name)?.ends ?? []);
		return ends
			.map((end) => {
				const died = end !== "oom";
				const Attributes = died ? { exitCode: String(end) } : {};
				return `${JSON.stringify({ Action: died ? "die" : "oom", Actor: { Attributes } })}\n`;
			})
			.join("");
	}

	private stops(names: readonly string[]): string {
		const times = names.flatMap((name) => this.containers.get(name)?.stoppedAtMs ?? []);
		return times
			.map((time) => `${JSON.stringify({ Action: "kill", timeNano: time * 1_000_000, Actor: {} })}\n`)
			.join("");
	}

	/** Those that run, or all of them; by labels ("key=value") of which each must fit. */
	private listed(query: URLSearchParams): object[] {
		const { label = [], volume = [] } = JSON.parse(query.get("filters") ?? "{}") as Filters;
		return [...this.containers]
			.filter(([, { volumes = [] }]) => volume.every((wanted) => volumes.includes(wanted)))
			.filter(([, { status = "running" }]) => query.get("all") === "1" || status === "running")
			.filter(([, { labels = {} }]) =>
				label.every((wanted) => Object.entries(labels).some((one) => one.join("=") === wanted)),
			)
			.map(([name, container]) => ({
				Id: idOf(name, container),
				Names: [`/${name}`],
				State: container.status ?? "running",
				Labels: container.labels ?? {},
				Ports: (container.ports ?? []).map((port) => ({ ...port, Type: "tcp" })),
			}));
	}

	private async answerExec(
		id: string,
		which: string | undefined,
		request: IncomingMessage,
		response: ServerResponse,
	): Promise<void> {
		const exec = this.execs.get(id);
		if (exec === undefined) return send(response, 404, { message: `No such exec instance: ${id}` });
		if (which === "json")
			return send(response, 200, { ExitCode: exec.exitCode, Running: exec.exitCode === null });
		await text(request);
		response.writeHead(200);
		response.flushHeaders();
		const ran = await this.run(exec.container, exec.command, exec.env);
		if (ran === undefined) return;
		exec.exitCode = ran.exitCode ?? 0;
		if (ran.stdout) response.write(frame(1, ran.stdout));
		if (ran.stderr) response.write(frame(2, ran.stderr));
		response.end();
	}

	/** A command with its standard input attached: `nc`, and the connection that it makes. */
	private hijack(request: IncomingMessage, socket: Socket, head: Buffer): void {
		const exec = this.execs.get((request.url ?? "").split("/")[2] ?? "");
		const [, host, port] = exec?.command ?? [];
		// What Docker's client sends as the request's body comes first on the stream.
		let toSkip = Number(request.headers["content-length"] ?? 0);
		const rest = (chunk: Buffer) => {
			const skipped = Math.min(toSkip, chunk.length);
			toSkip -= skipped;
			return chunk.subarray(skipped);
		};
		socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
		if (exec !== undefined && exec.command[0] !== "nc") {
			const program = this.talk(exec.container, exec.command);
			if (program === undefined) return void socket.end(frame(2, `no such program: ${exec.command[0]}\n`));
			program.write(rest(head));
			socket.on("data", (chunk: Buffer) => program.write(rest(chunk)));
			program.on("data", (chunk: Buffer) => socket.write(frame(1, chunk)));
			program.on("close", () => socket.end());
			socket.on("close", () => program.destroy());
			socket.on("error", () => program.destroy());
			return;
		}
		const known = [...this.dial.keys()].some((address) => address.startsWith(`${host}:`));
		const local = this.dial.get(`${host}:${port}`);
		if (local === undefined) {
			const complaint = known
				? `nc: ${host} (127.0.0.1:${port}): Connection refused`
				: `nc: bad address '${host}'`;
			socket.end(frame(2, `${complaint}\n`));
			return;
		}
		const remote = createConnection(local, "127.0.0.1");
		this.sockets.add(remote);
		remote.write(rest(head));
		socket.on("data", (chunk: Buffer) => remote.write(rest(chunk)));
		remote.on("data", (chunk: Buffer) => socket.write(frame(1, chunk)));
		remote.on("error", (error) => socket.end(frame(2, `nc: ${error.message}\n`)));
		remote.on("end", () => socket.end());
		socket.on("close", () => remote.destroy());
		socket.on("error", () => remote.destroy());
	}
}

interface Filters {
	readonly label?: readonly string[];
	readonly volume?: readonly string[];
}

/** Whether labels are all of those ("key=value") that are asked for. */
function fits(request: IncomingMessage, labels: Readonly<Record<string, string>>): boolean {
	const query = new URL(request.url ?? "", "http://docker").searchParams;
	const { label = [] } = JSON.parse(query.get("filters") ?? "{}") as Filters;
	return label.every((wanted) => Object.entries(labels).some((one) => one.join("=") === wanted));
}

function idOf(name: string, { id }: FakeContainer): string {
	return id ?? `id-of-${name}`;
}

function inspected(name: string, container: FakeContainer): object {
	const { health } = container;
	return {
		Id: idOf(name, container),
		Image: container.imageId ?? "sha256:image",
		Config: {
			Labels: container.labels ?? {},
			...(container.healthTest && { Healthcheck: { Test: container.healthTest } }),
		},
		RestartCount: container.restarts ?? 0,
		State: {
			Status: container.status ?? "running",
			ExitCode: container.exitCode ?? 0,
			OOMKilled: container.outOfMemory ?? false,
			StartedAt: (container.startedAt ?? new Date(0)).toISOString(),
			...(health && { Health: { Status: health.status, Log: [{ Output: health.output ?? "" }] } }),
		},
	};
}

/** One frame of Docker's stream: 1 is standard output, 2 standard error. */
function frame(stream: 1 | 2, content: string | Buffer): Buffer {
	const body = Buffer.from(content);
	const header = Buffer.alloc(8);
	header.writeUInt8(stream, 0);
	header.writeUInt32BE(body.length, 4);
	return Buffer.concat([header, body]);
}

/** A tar archive of one file, as far as anything here reads it: name, size, content, padding, end. */
function archive(path: string, content: string): Buffer {
	const body = Buffer.from(content);
	const header = Buffer.alloc(512);
	header.write(path.split("/").at(-1) ?? "", 0);
	header.write(`${body.length.toString(8).padStart(11, "0")}\0`, 124);
	return Buffer.concat([header, body, Buffer.alloc(1_536 - (body.length % 512))]);
}

function send(response: ServerResponse, status: number, body: object): void {
	response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}
