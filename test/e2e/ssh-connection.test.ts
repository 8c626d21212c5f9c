import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { projectFolder } from "../../scripts/lib/environment";
import { eventually } from "./support/docker";
import { Sshd } from "./support/sshd";

/** The connection itself, in processes of their own, as a step of a release has it; no Pulumi. */
let sshd: Sshd;

beforeAll(async () => {
	sshd = await Sshd.start();
});
afterAll(() => sshd?.stop());

/** Runs these lines after `reach` has connected; prints what they print. */
async function reached(host: string, lines: string): Promise<{ code: number; out: string; ms: number }> {
	const script = `require("./components/quick-start.cjs");
const { reach, loss } = require("./components/runtime/ssh/reach.ts");
const { Engine } = require("./components/runtime/docker/engine.ts");
(async () => { await reach(${JSON.stringify(host)}); ${lines} })().catch((error) => { console.log(error.message); process.exitCode = 1; });`;
	const env = { ...process.env, PATH: sshd.path, DOCKER_HOST: "unix:///nowhere/docker.sock" };
	const start = performance.now();
	const run = promisify(execFile)(process.execPath, ["-e", script], {
		cwd: projectFolder,
		env,
		timeout: 30_000,
	});
	const { code, stdout } = await run.then(
		({ stdout }) => ({ code: 0, stdout }),
		(error: { code: number; stdout: string }) => error,
	);
	return { code, out: stdout.trim(), ms: Math.round(performance.now() - start) };
}

const VERSION = "console.log((await new Engine().api.version()).Version);";

it("reaches the Engine, ends with its process, and leaves the connection to the next one", async () => {
	const first = await reached(sshd.host, VERSION);
	expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+/) });
	const second = await reached(sshd.host, VERSION);
	expect(second.out).toBe(first.out);
	expect(sshd.accepted).toBe(1);
});

it("makes a connection of its own where the shared one takes no more sessions", async () => {
	const before = sshd.accepted;
	const held = Array.from({ length: 10 }, () => sshd.hold());
	await eventually("ten sessions are held", 20_000, async () => sshd.running("sleep") >= 10);
	const { code, out } = await reached(sshd.host, VERSION);
	for (const one of held) one.kill();
	// Their commands would go on, and hold the shared connection's sessions.
	sshd.cutConnections();
	expect(out).toMatch(/^\d+\.\d+/);
	expect(code).toBe(0);
	expect(sshd.accepted).toBeGreaterThan(before);
});

it("takes an Engine's socket from the path", async () => {
	expect(await reached(`${sshd.host}/var/run/docker.sock`, VERSION)).toMatchObject({ code: 0 });
	const { code, out } = await reached(`${sshd.host}/nowhere/docker.sock`, VERSION);
	expect(code).toBe(1);
	expect(out).toContain(
		`${sshd.host}/nowhere/docker.sock was reached, but there is no Docker Engine behind /nowhere/docker.sock`,
	);
	expect(out).toContain(
		`docker info; its socket may be elsewhere: pulumi config set host ${sshd.host}/path/to/docker.sock`,
	);
});

it("carries the streams of exec", async () => {
	const image = "blue-green-local/caddy:2.11.9";
	const { code, out } = await reached(
		sshd.host,
		`const { LineProcess } = require("./components/runtime/docker/line-process.ts");
const engine = new Engine();
const container = await engine.api.createContainer({ name: "e2e-host-streams", Image: "${image}", Entrypoint: ["sleep", "60"], HostConfig: { AutoRemove: true } });
try {
	await container.start();
	const echo = new LineProcess(engine, "e2e-host-streams", ["cat"]);
	console.log(await echo.ask("one"), await echo.ask("two"));
	echo.close();
} finally { await container.remove({ force: true }); }`,
	);
	expect(out).toBe("one two");
	expect(code).toBe(0);
});

it("says that a connection was lost, and connects anew when it is asked again", async () => {
	const running = reached(
		sshd.host,
		`const end = Date.now() + 20000;
while (loss() === undefined && Date.now() < end) await new Promise((done) => setTimeout(done, 50));
console.log(loss());
await reach(${JSON.stringify(sshd.host)});
console.log(loss() === undefined, (await new Engine().api.version()).Version);`,
	);
	await eventually("it has connected", 20_000, async () => sshd.running("cat") > 0);
	expect(sshd.cutConnections()).toBeGreaterThan(0);
	const { code, out } = await running;
	expect(out).toContain(`The SSH connection to ${sshd.host} was lost meanwhile.`);
	expect(out).toContain("Next: pulumi up");
	expect(out).toMatch(/^true \d+\.\d+/m);
	expect(code).toBe(0);
});

it.for([
	[
		"a host key that is another's",
		() => sshd.trustHost("stranger"),
		"its host key is not the one in your known_hosts",
		"ssh-keygen -R '[127.0.0.1]:",
	],
	[
		"a host key that is not known",
		() => sshd.trustHost("none"),
		"its host key is not in your known_hosts",
		"compare the fingerprint",
	],
	["a key that is refused", () => sshd.useKey("stranger"), "it accepts none of your keys", "ssh-copy-id -p"],
] as const)("refuses %s, and says what to do", async ([, arrange, reason, next]) => {
	// A connection that is open already asks for no key.
	sshd.cutConnections();
	arrange();
	try {
		const { code, out } = await reached(sshd.host, VERSION);
		expect(out).toContain(`The Docker host ${sshd.host} cannot be reached: ${reason}`);
		expect(out).toContain(next);
		expect(code).toBe(1);
	} finally {
		sshd.trustHost();
		sshd.useKey("client");
	}
});

it("says that nothing listens", async () => {
	const { code, out } = await reached("ssh://127.0.0.1:1", VERSION);
	expect(out).toContain("ssh://127.0.0.1:1 cannot be reached: nothing answers there.");
	expect(code).toBe(1);
});
