import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SWITCH_FILE } from "../../components/proxy/paths";
import { projectFolder } from "../../scripts/lib/environment";
import { runInTerminal, type TerminalEnd, type TerminalRun } from "../support/terminal";
import { command, startCommand } from "./support/backup-commands";
import { engine, eventually, inContainer } from "./support/docker";
import { assertSucceeded, TestStack } from "./support/stack";

/** The commands that only look, at a stack as it lives: deployed, released, failed, and changed by hand. */
describe("npm run status, history and logs", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await TestStack.create("e2e-status");
		// What is well may take its time on a machine with much else to do.
		await shop.set("health.deadline", "60s");
	});
	afterAll(() => shop?.dispose());

	interface Status {
		readonly well: boolean;
		readonly findings: readonly { kind: string; text: string; next?: string }[];
		readonly host: {
			readonly traffic: object;
			readonly versions: object;
			readonly schema: string;
			readonly proxy: {
				readonly caddyVersion: string;
				readonly runsItsCaddyfile: boolean;
				readonly inFlight: object;
			};
			readonly containers: readonly { name: string; status: string; version?: string; inState: boolean }[];
		};
	}

	function onTerminal(script: string, words: string[] = [], run: TerminalRun = {}): Promise<TerminalEnd> {
		const env = { ...shop.stack.workspace.envVars, NO_COLOR: "" };
		const line = ["node", "--import", "tsx", `scripts/${script}.ts`, "--stack", shop.name, ...words];
		return runInTerminal(line, { cwd: projectFolder, env, timeoutMs: 60_000, ...run });
	}

	async function status(): Promise<Status & { exitCode: number | undefined }> {
		const { exitCode, stdout } = await command(shop, "status", "--json");
		return { ...(JSON.parse(stdout) as Status), exitCode };
	}

	async function history(): Promise<Record<string, unknown>[]> {
		const { exitCode, stdout, text } = await command(shop, "history", "--json");
		expect(exitCode, text).toBe(0);
		return JSON.parse(stdout) as Record<string, unknown>[];
	}

	it("before anything is deployed say so", async () => {
		const seen = await command(shop, "status");
		expect(seen.text).toContain("Nothing is deployed yet.");
		expect(seen.exitCode).toBe(0);
		expect((await command(shop, "history")).text).toBe("Traffic has not been moved yet.");
		const logs = await command(shop, "logs");
		expect(logs.exitCode).toBe(1);
		expect(logs.text).toContain("No color of stack e2e-status serves yet.");
	});

	it("after the first deployment find all well", async () => {
		assertSucceeded(await shop.up());
		const seen = await status();
		expect(seen.findings).toEqual([]);
		expect(seen).toMatchObject({
			exitCode: 0,
			well: true,
			host: {
				traffic: { serving: "blue", maintenance: "off" },
				versions: { blue: "1.0.0" },
				schema: "1",
				proxy: { runsItsCaddyfile: true, inFlight: { blue: { requests: 0, streams: 0 } } },
			},
		});
		expect(seen.host.containers).toHaveLength(6);
		expect(seen.host.containers.every((one) => one.inState && one.status === "running")).toBe(true);
		expect(await history()).toMatchObject([
			{ to: "blue", outcome: "succeeded", versions: { blue: "1.0.0" } },
		]);
	});

	it("show a release, on a terminal and in a pipe, and look on while it runs", async () => {
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
		const watch = startCommand(shop, "status", "--watch", "--interval", "500ms");
		let said = "";
		watch.stdout.on("data", (text: Buffer) => {
			said += text.toString();
		});
		const up = shop.up();
		let done = false;
		void up.finally(() => {
			done = true;
		});
		const during = await eventually("a status while the `up` runs", 60_000, async () => {
			const seen = await status();
			return !done && seen.findings.some(({ text }) => text.includes("An `up` runs")) && seen;
		});
		expect(during.exitCode).toBe(1);
		assertSucceeded(await up);
		await eventually("the look after the release", 30_000, async () => said.includes(" well: green 2.0.0"));
		watch.kill("SIGINT");
		const { all: lines = "", exitCode } = await watch;
		expect(exitCode).toBe(0);
		expect(lines).toMatch(/ UTC well: blue 1\.0\.0 gets all; in flight: blue \d/);
		expect(lines.split("\n").at(-1)).toMatch(
			/ UTC well: green 2\.0\.0 gets all; in flight: blue 0 requests, green 0 requests$/,
		);

		const piped = await command(shop, "status");
		expect(piped.exitCode).toBe(0);
		expect(piped.stdout).not.toContain("\u001b");
		await expectScreen("status-pipe", piped.stdout);
		const screen = await onTerminal("status");
		expect(screen.exitCode).toBe(0);
		expect(screen.written).toContain("\u001b[32mAll is well.\u001b[39m");
		await expectScreen("status", screen.screen);
		const until = "Every 1 s, until ^C.";
		const answers = [{ after: until, type: "\u0003" }];
		const watched = await onTerminal("status", ["--watch", "--interval", "1s"], { answers });
		expect(watched.exitCode).toBe(0);
		expect(watched.screen).toContain(until);
		// However often it was drawn, it is there once.
		expect(watched.screen.match(/All is well\./g)).toHaveLength(1);
		const [release] = await history();
		expect(release).toMatchObject({
			from: "blue",
			to: "green",
			versions: { blue: "1.0.0", green: "2.0.0" },
			outcome: "succeeded",
			inFlightAtSwitch: { requests: 0, streams: 0 },
			drain: { color: "blue", outcome: "drained" },
			who: expect.stringMatching(/.@./),
			update: { message: expect.anything() },
		});
	});

	it("show the logs of all replicas of the color that serves, in the order of time", async () => {
		const { stdout, exitCode } = await command(shop, "logs");
		expect(exitCode).toBe(0);
		const lines = stdout.split("\n");
		expect(
			lines.every((line) => /^green-(web-1|web-2|worker-1) +\| /.test(line)),
			stdout,
		).toBe(true);
		const times = lines.flatMap((line) => /"time":"([^"]+)"/.exec(line)?.[1] ?? []);
		expect(times.length).toBeGreaterThan(3);
		expect(new Set(lines.map((line) => line.split(" ")[0]))).toEqual(
			new Set(["green-web-1", "green-web-2", "green-worker-1"]),
		);
		const web = await command(shop, "logs", "web", "--color", "blue", "--tail", "1");
		expect(
			web.stdout
				.split("\n")
				.map((line) => line.split(" ")[0])
				.sort(),
		).toEqual(["blue-web-1", "blue-web-2"]);
		const screen = await onTerminal("logs", ["web", "--tail", "1"]);
		expect(screen.written).toContain("\u001b[36mgreen-web-1 |\u001b[39m ");
		expect(screen.written).toContain("\u001b[33mgreen-web-2 |\u001b[39m ");
		const none = await command(shop, "logs", "nothing");
		expect(none.exitCode).toBe(1);
		expect(none.text).toContain("green has no container of nothing. Its services are: web, worker.");
	});

	it("tell of a release that failed", async () => {
		await shop.set("health.deadline", "4s");
		await shop.set("colors.blue.version", "2.1.0-ill");
		await shop.set("activeColor", "blue");
		expect((await shop.up()).failed).toBe(true);
		const seen = await status();
		expect(seen).toMatchObject({ exitCode: 1, host: { traffic: { serving: "green" } } });
		expect(texts(seen)).toContain(
			"blue has containers of 2.1.0-ill, and 1.0.0 was released last: an `up` failed or was interrupted, or still runs.",
		);
		expect(texts(seen)).toContain(
			`${shop.container("blue-web-1")} is not ready: GET /health answered 503: {"status":"unhealthy","reason":"this build is ill on purpose"}`,
		);
		const [failed, ...others] = await history();
		expect(failed).toMatchObject({
			from: "green",
			to: "blue",
			outcome: "failed",
			reason: expect.stringContaining("blue 2.1.0-ill is not ready after"),
		});
		expect(others.map(({ outcome }) => outcome)).toEqual(["succeeded", "succeeded"]);
		await expectScreen("history", (await onTerminal("history")).screen);
		const one = await command(shop, "history", "--limit", "1");
		expect(one.stdout).toContain("failed");
		expect(one.stdout).not.toContain("succeeded");
		await expectScreen("history-pipe", one.stdout);
	});

	it("mark what was changed by hand, and follow a container that is started again", async () => {
		const follow = startCommand(shop, "logs", "web", "--color", "green", "--follow", "--tail", "1");
		let said = "";
		follow.stdout.on("data", (text: Buffer) => {
			said += text.toString();
		});
		await eventually("the logs are followed", 30_000, async () => said.includes("green-web-2"));
		const web = engine.api.getContainer(shop.container("green-web-2"));
		await inContainer(
			shop.container("proxy"),
			"sh",
			"-c",
			`printf 8000 > ${SWITCH_FILE}.by-hand && mv ${SWITCH_FILE}.by-hand ${SWITCH_FILE}`,
		);
		await web.stop();
		const seen = await status();
		expect(seen.exitCode).toBe(1);
		expect(texts(seen)).toEqual(
			expect.arrayContaining([
				`${shop.container("green-web-2")} does not run: exited, exit code 0.`,
				"The proxy does something else than the state says: blue and green share it, by hand; by the state, green gets all.",
			]),
		);
		await expectScreen("status-drift", (await onTerminal("status")).screen);
		await web.start();
		const listening = /^green-web-2 \| .*"event":"listening"/m;
		await eventually("the replica that was started again is followed", 30_000, async () =>
			listening.test(said),
		);
		follow.kill("SIGINT");
		const { stdout, exitCode } = await follow;
		expect(exitCode).toBe(0);
		expect(stdout).toMatch(/^green-web-2 \| .*"event":"draining"/m);
		expect(stdout.match(/^green-web-2 \| .*"event":"listening"/gm)).toHaveLength(1);
		expect(stdout).not.toMatch(/^green-web-1 \| .*"event":"listening"/m);
	});

	it("say where Docker does not answer, and tell what is known all the same", async () => {
		const away = { ...shop.stack.workspace.envVars, DOCKER_HOST: "unix:///nowhere/docker.sock" };
		const run = (script: string, ...args: string[]) =>
			execa("node", ["--import", "tsx", `scripts/${script}.ts`, "--stack", shop.name, ...args], {
				cwd: projectFolder,
				env: away,
				reject: false,
				all: true,
			});
		const seen = await run("status");
		expect(seen.exitCode).toBe(3);
		expect(seen.stdout).toContain(
			"Docker does not answer, so what runs cannot be seen: connect ENOENT /nowhere/docker.sock",
		);
		expect(seen.stdout).toContain("By the state, green 2.0.0 gets all.");
		const known = await run("history", "--json");
		expect(known.exitCode).toBe(0);
		expect(known.stderr).toContain("what follows is only what Pulumi's history knows");
		expect(JSON.parse(known.stdout)).toMatchObject([
			{ from: "green", to: "blue", outcome: "failed" },
			{ from: "blue", to: "green", outcome: "succeeded" },
			{ to: "blue", outcome: "succeeded" },
		]);
		const logs = await run("logs");
		expect(logs.exitCode).toBe(1);
		expect(logs.all).toContain("Docker does not answer");
	});

	it("never print a secret", async () => {
		const outputs = await shop.stack.outputs();
		const token = outputs.previewToken?.value as string;
		const urls = JSON.stringify(outputs.databases?.value).match(/:\/\/[^:]*:([^@]+)@/g) ?? [];
		const secrets = [token, ...urls.map((url) => url.replace(/^.*:([^@]+)@$/, "$1"))];
		expect(secrets.length).toBeGreaterThan(2);
		const all = await Promise.all([
			command(shop, "status", "--json"),
			command(shop, "status"),
			command(shop, "history", "--json"),
		]);
		for (const { text } of all) for (const secret of secrets) expect(text).not.toContain(secret);
	});

	function texts({ findings }: Pick<Status, "findings">): string[] {
		return findings.map(({ text }) => text);
	}

	/** A screen as it is kept, without what differs from run to run. */
	async function expectScreen(name: string, text: string): Promise<void> {
		const kept = text
			.replaceAll(shop.name, "prod")
			.replaceAll(String(shop.port), "8080")
			.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "2026-11-21 12:00:00")
			.replaceAll(/\b\d+(\.\d+)? (ms|s|min|h)\b/g, "4 s")
			.replaceAll(/\S+@\S+/g, "anna@laptop")
			.replaceAll(/commit [0-9a-f]{7}( with changes)? · .*/g, "commit 0123456 · what it says")
			.replaceAll(/Caddy v[\d.]+/g, "Caddy v2.11.9")
			.replaceAll(/\b(caddy|postgres|redis):\S+/g, "$1:1")
			.replaceAll(/ {2,}/g, "  ");
		await expect(`${kept.trimEnd()}\n`).toMatchFileSnapshot(
			path.join(projectFolder, "test/fixtures/screens", `${name}.txt`),
		);
	}
});
