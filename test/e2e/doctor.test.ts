import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, request } from "node:http";
import { createServer, type Server } from "node:net";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { json } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Finding } from "../../components/doctor/finding";
import { projectFolder } from "../../scripts/lib/environment";
import { makeForeignImage, OTHER_ARCHITECTURE } from "../faults/support/foreign-image";
import { SmallDisk } from "../faults/support/small-disk";
import { engine } from "./support/docker";
import { assertSucceeded, TestStack } from "./support/stack";

const FOREIGN = "9.0.0-doctor";

describe("npm run doctor", () => {
	let shop: TestStack;
	/** For what one of the tests makes. */
	let folder: string;

	beforeAll(async () => {
		folder = mkdtempSync(path.join(tmpdir(), "doctor-"));
		shop = await TestStack.create("e2e-doctor");
		assertSucceeded(await shop.up());
	});
	afterAll(async () => {
		await shop?.dispose();
		rmSync(folder, { recursive: true, force: true });
	});

	const words = () => ["node", "--import", "tsx", "scripts/doctor.ts", "--stack", shop.name];
	const env = (changes: NodeJS.ProcessEnv = {}) => ({ ...shop.stack.workspace.envVars, ...changes });

	/** Without a terminal. */
	async function doctor(args: readonly string[] = [], changes: NodeJS.ProcessEnv = {}) {
		const [command = "", ...rest] = [...words(), ...args];
		const options = { cwd: projectFolder, env: env(changes), reject: false, timeout: 60_000 } as const;
		const { exitCode, stdout, stderr } = await execa(command, rest, options);
		return { exitCode, stdout, stderr };
	}

	/** By check and grade, as `--json` tells. */
	async function findings(changes: NodeJS.ProcessEnv = {}) {
		const { exitCode, stdout, stderr } = await doctor(["--json"], changes);
		expect(stderr).toBe("");
		const told = JSON.parse(stdout) as { stack: string; grade: string; findings: Finding[] };
		const shown = (wanted: string) =>
			told.findings
				.filter(({ check }) => check === wanted)
				.map(({ grade, text, next }) => `${grade}: ${text}${next === undefined ? "" : ` [${next}]`}`);
		return { exitCode, ...told, shown };
	}

	it("says in a terminal, and in color, that all is well", async () => {
		// `script` gives it a terminal of its own.
		const line = `stty cols 200 rows 50; exec ${words().join(" ")}`;
		const { exitCode, stdout } = await execa("script", ["-qec", line, "/dev/null"], {
			cwd: projectFolder,
			env: env(),
			reject: false,
			timeout: 60_000,
		});
		expect(stdout).toContain("\u001b[32mok");
		const screen = lastScreen(stdout);
		expect(comparable(screen, shop)).toMatchInlineSnapshot(`
			"ok  engine    Docker Engine <version> at <address>
			ok  disk      <size> of <size> are free where Docker stores
			ok  memory    both colors, databases and proxy may take <size> by their limits (without a limit: database cache, database main, proxy); the host has <size>; <size> are available
			ok  images    5 images are on the host, for <processor>
			ok  proxy     the proxy runs Caddy <version>
			ok  ports     127.0.0.1:<port> is the stack's own
			ok  dns       no certificate of an ACME authority is wanted, so no name is looked up
			ok  clock     the Engine's clock is <time> from this machine's
			ok  pulumi    Pulumi CLI <version>
			ok  plugins   docker <version>, random <version>, command <version>
			ok  packages  @pulumi/command <version>, @pulumi/docker <version>, @pulumi/pulumi <version>, @pulumi/random <version>
			ok  settings  those of stack e2e-doctor are as they should be
			ok  locks     nothing holds the stack
			ok  state     no operations are pending

			14 ok
			"
		`);
		expect(exitCode).toBe(0);
	});

	it("says the same in a pipe, without color, and as JSON", async () => {
		const { exitCode, stdout, stderr } = await doctor();
		expect(stdout).not.toContain("\u001b");
		expect(stdout).toContain(`ports     127.0.0.1:${shop.port} is the stack's own`);
		expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
		const told = await findings();
		expect({ exitCode: told.exitCode, stack: told.stack, grade: told.grade }).toEqual({
			exitCode: 0,
			stack: shop.name,
			grade: "ok",
		});
		expect(told.findings.map(({ check }) => check)).toEqual(
			[
				..."engine disk memory images proxy ports dns clock".split(" "),
				"pulumi",
				"plugins",
				"packages",
			].concat(["settings", "locks", "state"]),
		);
	});

	it("explains itself where there is nothing to look at", async () => {
		const { exitCode, stdout } = await doctor(["--help"]);
		expect(exitCode).toBe(0);
		expect(stdout).toContain("Exit code: 1 where there is a problem, else 0");
		const wrong = await doctor(["--jsno"]);
		expect(wrong.exitCode).toBe(2);
		expect(wrong.stderr).toContain("error: unknown option '--jsno'");
	});

	it("is not stopped by an Engine that is not there", async () => {
		const DOCKER_HOST = `unix://${folder}/none.sock`;
		const told = await findings({ DOCKER_HOST });
		expect(told.exitCode).toBe(1);
		expect(told.shown("engine")).toEqual([
			`problem: no Docker Engine answers at ${DOCKER_HOST}: connect ENOENT ${folder}/none.sock [sudo systemctl start docker; where none is installed: scripts/setup]`,
		]);
		for (const check of ["disk", "memory", "images", "proxy", "ports"])
			expect(told.shown(check)).toEqual(["unknown: the Engine does not answer"]);
		expect(told.shown("pulumi")).toEqual([expect.stringMatching(/^ok: Pulumi CLI/)]);
	});

	it("is not stopped by wrong settings", async () => {
		const before = shop.read("proxy");
		shop.configure("proxy", { ...before, httpPort: "none" });
		const told = await findings();
		shop.configure("proxy", before);
		expect(told.exitCode).toBe(1);
		expect(told.shown("settings")).toEqual([
			'problem: proxy.httpPort: "none" is not allowed. Allowed: a number. [pulumi config set --path proxy.httpPort 8080]',
		]);
		expect(told.shown("images")).toEqual(["unknown: the settings are not as they should be"]);
		expect(told.shown("locks")).toEqual(["ok: nothing holds the stack"]);
	});

	it("is not stopped by a stack that is not there", async () => {
		const [command = "", ...rest] = words().slice(0, -1);
		const { exitCode, stdout } = await execa(command, [...rest, "e2e-doctor-none", "--json"], {
			cwd: projectFolder,
			env: env(),
			reject: false,
			timeout: 60_000,
		});
		const told = JSON.parse(stdout) as { findings: Finding[] };
		const settings = told.findings.find(({ check }) => check === "settings");
		expect(settings?.text).toMatch(/^those of stack e2e-doctor-none cannot be read: .*no stack named/);
		expect(exitCode).toBe(1);
	});

	it("sees a disk that is nearly full", async () => {
		const root = path.join(folder, "docker-root");
		mkdirSync(root);
		const disk = await SmallDisk.mountAt(root);
		const socket = await engineWithRoot(root, path.join(folder, "small.sock"));
		try {
			const told = await findings({ DOCKER_HOST: `unix://${folder}/small.sock` });
			expect(told.shown("disk")).toEqual([
				expect.stringMatching(
					/^warning: [12]\.\d MB of [12]\.\d MB are free where Docker stores: 1\.0 GB or more is wanted \[docker system df/,
				),
			]);
			expect({ exitCode: told.exitCode, grade: told.grade }).toEqual({ exitCode: 0, grade: "warning" });
		} finally {
			socket.close();
			await disk.unmount();
		}
	});

	describe("in trouble", () => {
		let other: Server;
		let port: number;
		let foreignImage: string;

		beforeAll(async () => {
			other = createServer().listen(0, "127.0.0.1");
			await once(other, "listening");
			port = (other.address() as { port: number }).port;
			await shop.set("proxy.httpPort", String(port));
			const template = await shop.get("images");
			foreignImage = template.replace("{service}", "web").replace("{version}", FOREIGN);
			await makeForeignImage(foreignImage);
			await shop.set("colors.green.version", FOREIGN);
			leavePending(shop);
			await leaveLock(shop);
		});
		afterAll(async () => {
			other?.close();
			await engine.api.getImage(foreignImage).remove({ force: true });
		});

		it("names each, with the command that mends it", async () => {
			const told = await findings({ PATH: `${olderPlugin(folder)}:${env().PATH}` });
			expect(told.exitCode).toBe(1);
			expect(told.shown("ports")).toEqual([
				`problem: proxy.httpPort: ${port} is in use by another program on 127.0.0.1. Allowed: a port that nothing listens on. [pulumi config set --path proxy.httpPort ${port + 1}]`,
			]);
			const here = OTHER_ARCHITECTURE === "arm64" ? "amd64" : "arm64";
			expect(told.shown("images")).toEqual([
				`problem: ${foreignImage} (green web) is for ${OTHER_ARCHITECTURE}, the host is ${here}: its containers do not start [docker pull --platform linux/${here} ${foreignImage}]`,
			]);
			expect(told.shown("locks")).toEqual([
				expect.stringMatching(
					/^problem: a lock was left behind by process \d+ of ann on \S+, for 3h, which is gone: no `up` can start \[pulumi cancel --yes --stack e2e-doctor\]$/,
				),
			]);
			expect(told.shown("state")).toEqual([
				"warning: an interrupted `pulumi up` has left operations pending: creating shop-e2e-doctor-blue-web-1 [pulumi refresh --clear-pending-creates --stack e2e-doctor]",
			]);
			expect(told.shown("plugins")).toEqual([
				"warning: the docker plugin is installed as 5.1.0; 5.2.0 is wanted, and the next `pulumi up` has to fetch it [pulumi plugin install resource docker 5.2.0]",
			]);
		});

		it("is right that a lock of a process that is gone stops everything, and how it goes", async () => {
			const { text, failed } = await shop.refresh();
			expect(failed).toBe(true);
			expect(text).toContain("the stack is currently locked");
			await execa("pulumi", ["cancel", "--yes", "--stack", shop.name], { cwd: projectFolder, env: env() });
			expect((await findings()).shown("locks")).toEqual(["ok: nothing holds the stack"]);
		});

		it("is warned of by a preview as well, before anything changes", async () => {
			await shop.set("proxy.httpPort", String(shop.port));
			const text = await shop.preview();
			expect(text).toContain(`images: ${foreignImage} (green web) is for ${OTHER_ARCHITECTURE}`);
			expect(text).toContain(`Next: docker pull --platform linux/`);
			expect(text).not.toContain("memory:");
			await shop.remove("colors.green.version");
		});
	});
});

/** What stays of a terminal's output when the progress, which comes first, is wiped away. */
function lastScreen(output: string): string {
	const lines = stripVTControlCharacters(output).split("\n");
	const first = lines.findLastIndex((line) => /(^|\s)ok {2,}engine /.test(line));
	return lines
		.slice(first)
		.map((line) => line.trimEnd().replace(/^.*?(?=ok {2,}engine )/, ""))
		.join("\n");
}

/** Without what differs from machine to machine, and from run to run. */
function comparable(text: string, { port }: TestStack): string {
	return text
		.replaceAll(/\d+(\.\d+)? [kMGT]B/g, "<size>")
		.replaceAll(/\d+ ms (ahead of|behind)/g, "<time> from")
		.replaceAll(String(port), "<port>")
		.replace(/Engine \S+ \(API \S+\) at \S+/, "Engine <version> at <address>")
		.replaceAll(/for (amd64|arm64)/g, "for <processor>")
		.replaceAll(/(Caddy|CLI|command|docker|random|pulumi) \d+\.\d+\.\d+/g, "$1 <version>");
}

/** The real Engine, which says that it stores elsewhere. */
async function engineWithRoot(DockerRootDir: string, socketPath: string): Promise<Server> {
	const server = createHttpServer(async (asked, response) => {
		const { method, url: path, headers } = asked;
		const real = request({ socketPath: "/var/run/docker.sock", method, path, headers });
		asked.pipe(real);
		const [answer] = (await once(real, "response")) as [IncomingMessage];
		const isInfo = path?.startsWith("/info") === true;
		const body = isInfo ? JSON.stringify({ ...((await json(answer)) as object), DockerRootDir }) : answer;
		response.writeHead(answer.statusCode ?? 500);
		if (typeof body === "string") response.end(body);
		else body.pipe(response);
	}).listen(socketPath);
	await once(server, "listening");
	return server;
}

function stateFolder(shop: TestStack): string {
	return path.join(new URL(shop.stack.workspace.envVars.PULUMI_BACKEND_URL ?? "").pathname, ".pulumi");
}

/** As an `up` leaves it behind that is killed while a container is made. `pulumi stack import` would drop it. */
function leavePending(shop: TestStack): void {
	const file = path.join(stateFolder(shop), "stacks", "shop", `${shop.name}.json`);
	const state = JSON.parse(readFileSync(file, "utf8")) as {
		checkpoint: { latest: { resources: { urn: string }[]; pending_operations?: object[] } };
	};
	const { latest } = state.checkpoint;
	const resource = latest.resources.find(({ urn }) => urn.endsWith("-blue-web-1"));
	latest.pending_operations = [{ type: "creating", resource }];
	writeFileSync(file, JSON.stringify(state));
}

/** As a `pulumi` on this machine leaves it behind that was killed three hours ago. */
async function leaveLock(shop: TestStack): Promise<void> {
	const child = spawn("true");
	await once(child, "exit");
	const locks = path.join(stateFolder(shop), "locks", "organization", "shop", shop.name);
	mkdirSync(locks, { recursive: true });
	const timestamp = new Date(Date.now() - 3 * 3_600_000).toISOString();
	const lock = { pid: child.pid, username: "ann", hostname: hostname(), timestamp };
	writeFileSync(path.join(locks, "left-behind.json"), JSON.stringify(lock));
}

/** A folder with a `pulumi` that has an older plugin, and is the real one in all else. */
function olderPlugin(folder: string): string {
	const plugins = [
		{ name: "command", kind: "resource", version: "1.2.1" },
		{ name: "docker", kind: "resource", version: "5.1.0" },
		{ name: "random", kind: "resource", version: "4.21.2" },
	];
	const bin = path.join(folder, "bin");
	mkdirSync(bin);
	const script = [
		"#!/bin/sh",
		`if [ "$1" = plugin ]; then echo '${JSON.stringify(plugins)}'; exit; fi`,
		`PATH="\${PATH#*:}" exec pulumi "$@"`,
	];
	writeFileSync(path.join(bin, "pulumi"), script.join("\n"), { mode: 0o755 });
	return bin;
}
