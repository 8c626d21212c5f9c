import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSwitch, type Trial } from "../../components/proxy/switch-file";
import type { Color } from "../../components/settings/schema";
import { projectFolder } from "../../scripts/lib/environment";
import type { LoadReport } from "../../scripts/load";
import { kill, pulumi, startPulumi, UP } from "../faults/support/cli";
import { expectServes, noneFailed } from "../faults/support/fault";
import { nothingMoves } from "../faults/support/processes";
import { startCommand } from "./support/backup-commands";
import { engine, eventually, idsOf, inContainer } from "./support/docker";
import { pause, underLoad } from "./support/load";
import { assertSucceeded, TestStack, type UpOutcome } from "./support/stack";

/** One stack's life, in order: each test begins where the one before it ended. */
describe("a release in steps on a real stack", () => {
	let shop: TestStack;
	beforeAll(async () => {
		shop = await TestStack.create("shift-e2e");
		await shop.set("colors.green.version", "2.0.0");
		strategy({
			steps: [
				{ share: 5, hold: "4s" },
				{ share: 25, hold: "12s" },
			],
		});
		assertSucceeded(await shop.up());
	});
	afterAll(() => shop?.dispose());

	function strategy(value: object): void {
		shop.configure("strategy", value);
	}

	async function trial(): Promise<Trial | undefined> {
		const value = await inContainer(shop.container("proxy"), "cat", "/switch/green_below");
		const { traffic } = readSwitch(value);
		return typeof traffic === "string" ? undefined : traffic;
	}

	async function release(color: Color): Promise<{ up: UpOutcome; report: LoadReport }> {
		await shop.set("activeColor", color);
		const { value: up, report } = await underLoad(shop.url, () => shop.up());
		assertSucceeded(up);
		noneFailed(report);
		return { up, report };
	}

	/** One that succeeds, under load. */
	async function command(script: "promote" | "abort"): Promise<string> {
		const { value, report } = await underLoad(shop.url, () => startCommand(shop, script, "--yes"));
		expect(value.exitCode, value.all).toBe(0);
		noneFailed(report);
		return value.all ?? "";
	}

	/** As `pulumi up`, killed as soon as it has said this, and everything that works in its name has ended. */
	async function killedAt(line: string): Promise<void> {
		const up = startPulumi(shop, ...UP);
		await eventually(`"${line}"`, 180_000, async () => up.text().includes(line));
		await pause(1_500);
		kill(up);
		await up.ended;
		await nothingMoves(shop);
		await pulumi(shop, "cancel", "--yes");
	}

	const webs = (all: Record<string, string>) =>
		Object.fromEntries(Object.entries(all).filter(([name]) => name.includes("-web-")));

	it("is the first release at once, because there is nobody to compare with", async () => {
		await expectServes(shop, { color: "blue", version: "1.0.0" });
		expect(await shop.outputs()).toMatchObject({ trial: null });
	});

	it("can be neither let go on nor given up where nothing is on trial", async () => {
		const [promote, abort] = [
			await startCommand(shop, "promote", "--yes"),
			await startCommand(shop, "abort", "--yes"),
		];
		expect([promote.exitCode, abort.exitCode]).toEqual([3, 3]);
		expect(promote.all).toContain(
			"No release of stack shift-e2e is on trial: blue has all traffic. Nothing was changed.",
		);
		expect(abort.all).toContain("No release of stack shift-e2e is on its way: blue has all traffic");
	});

	it("names its steps in the preview", async () => {
		await shop.set("activeColor", "green");
		expect(await shop.preview()).toContain(
			"traffic: blue 1.0.0 → green 2.0.0 in steps: 5 % for 4 s, 25 % for 12 s, then all",
		);
	});

	it("gives the new color its shares and then all, and no request fails", async () => {
		const { up, report } = await release("green");
		console.log(up.text);
		expect(up.text).toContain("cutover: traffic: 5 % to green 2.0.0, for 4 s");
		expect(up.text).toContain("cutover: traffic: 25 % to green 2.0.0, for 12 s");
		expect(up.text).toMatch(/cutover: 25 % 0:0\d left/);
		expect(report.byColor.green).toBeGreaterThan(100);
		expect(report.byColor.blue).toBeGreaterThan(500);
		await expectServes(shop, { color: "green", version: "2.0.0" });
		const { lastCutover, trial: exported } = await shop.outputs();
		const { stages } = lastCutover as { stages: { name: string; durationMs: number }[] };
		expect(exported).toBeNull();
		expect(stages.map(({ name }) => name)).toEqual(
			expect.arrayContaining(["look", "check", "configure", "switch", "verify", "record"]),
		);
		expect(await shop.outputs()).toMatchObject({
			lastCutover: { drain: { color: "blue", outcome: "drained" } },
		});
		const again = await shop.up();
		expect(Object.keys(again.changes)).toEqual(["same"]);
	});

	it("goes back at once", async () => {
		await shop.set("activeColor", "blue");
		expect(await shop.preview()).toContain("traffic: green 2.0.0 → blue 1.0.0\n");
		const { up } = await release("blue");
		expect(up.text).not.toContain("% to blue");
		await expectServes(shop, { color: "blue", version: "1.0.0" });
	});

	it("shows in a terminal what goes on at the moment, and prints none of that elsewhere", async () => {
		strategy({ steps: [{ share: 30, hold: "5s" }] });
		await shop.set("activeColor", "green");
		const up = ["pulumi", ...UP, "--stack", shop.name, "--color", "never"].join(" ");
		const terminal = await execa("script", ["--quiet", "--return", "--command", up, "/dev/null"], {
			cwd: projectFolder,
			env: { ...shop.stack.workspace.envVars, TERM: "xterm" },
			stdin: "ignore",
			all: true,
			reject: false,
			timeout: 240_000,
		});
		expect(terminal.exitCode, terminal.all).toBe(0);
		const [moving = "", settled = ""] = (terminal.all ?? "").split("Diagnostics:");
		const shown = new Set([...moving.matchAll(/cutover: (30 % 0:0\d left)/g)].map(([, line]) => line));
		expect(shown.size).toBeGreaterThan(2);
		expect(settled).toContain("traffic: 30 % to green 2.0.0, for 5 s");
		expect(settled).not.toMatch(/\d left/);
		const { up: plain } = await release("blue");
		expect(plain.text).not.toMatch(/\d left/);
	});

	it("pauses where it is told to: both colors serve, and a plain up changes nothing", async () => {
		strategy({
			steps: [
				{ share: 20, hold: "2s", pause: true },
				{ share: 60, hold: "2s" },
			],
		});
		const { up } = await release("green");
		expect(up.text).toContain("paused at 20 %: green 2.0.0 waits. Next: npm run promote, or npm run abort");
		expect(await trial()).toMatchObject({ to: "green", percent: 20 });
		expect(await shop.outputs()).toMatchObject({
			activeColor: "shared",
			activeVersion: "1.0.0",
			standbyColor: "green",
			trial: { to: "green", share: 20, paused: true },
		});
		const services = Object.keys(await idsOf(shop.prefix)).filter((name) => name.includes("worker"));
		expect(services.sort()).toEqual(["blue-worker-1", "green-worker-1"].map((name) => shop.container(name)));
		expect(await shop.preview()).toContain("traffic: blue 1.0.0 → green 2.0.0 is paused at 20 %");
		const { value: again, report } = await underLoad(shop.url, () => shop.up());
		expect(Object.keys(again.changes), again.text).toEqual(["same"]);
		noneFailed(report);
		const share = (report.byColor.green ?? 0) / report.sent;
		expect(Math.abs(share - 0.2)).toBeLessThan(0.08);
		const state = await shop.cutoverState();
		assertSucceeded(await shop.refresh());
		expect(await shop.cutoverState()).toEqual(state);
	});

	it("keeps a visitor on the color first met", async () => {
		const met = new Map<string, string>();
		for (let visits = 0; visits < 200 && met.size < 2; visits++) {
			const response = await fetch(`${shop.url}/version`);
			await response.text();
			const cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
			met.set(response.headers.get("x-color") ?? "", cookie);
		}
		expect([...met.keys()].sort()).toEqual(["blue", "green"]);
		for (const [color, cookie] of met) {
			const answers = await Promise.all(
				Array.from({ length: 50 }, () => fetch(`${shop.url}/version`, { headers: { cookie } })),
			);
			expect(new Set(answers.map(({ headers }) => headers.get("x-color")))).toEqual(new Set([color]));
		}
	});

	it("refuses another version of either color meanwhile", async () => {
		await shop.set("colors.green.version", "3.0.0");
		const up = await shop.up();
		await shop.set("colors.green.version", "2.0.0");
		expect(up.failed).toBe(true);
		expect(up.text).toContain("green has 20 % of the traffic on trial, and blue the rest");
		expect(await trial()).toMatchObject({ to: "green", percent: 20 });
	});

	it.each(["green", "blue"] as const)("lets no request fail while %s does not answer", async (color) => {
		const containers = [1, 2].map((index) =>
			engine.api.getContainer(shop.container(`${color}-web-${index}`)),
		);
		const { report } = await underLoad(shop.url, async () => {
			await Promise.all(containers.map((one) => one.stop({ t: 30 })));
			await pause(6_000);
			await Promise.all(containers.map((one) => one.start()));
			await pause(6_000);
		});
		noneFailed(report);
		expect(report.sent).toBeGreaterThan(1_000);
		await eventually(`${color} answers again`, 30_000, async () => {
			const response = await fetch(`${shop.url}/version`);
			await response.text();
			return response.headers.get("x-color") === color;
		});
	});

	it("goes on when somebody says so, and the cookies of the trial die with it", async () => {
		const before = webs(await idsOf(shop.prefix));
		const { visit = "" } = (await trial()) ?? {};
		const text = await command("promote");
		expect(text).toContain("pulumi config set --path strategy.promoted 2.0.0@20");
		expect(text).toContain("traffic: blue 1.0.0 → green 2.0.0 goes on at 20 %: 60 % for 2 s, then all");
		await expectServes(shop, { color: "green", version: "2.0.0" });
		expect(webs(await idsOf(shop.prefix))).toEqual(before);
		expect(await shop.outputs()).toMatchObject({ trial: null, lastCutover: { drain: { color: "blue" } } });
		const response = await fetch(`${shop.url}/version`, {
			headers: { cookie: `blue-green=${visit.slice(0, 16)}` },
		});
		await response.text();
		expect(response.headers.get("x-color")).toBe("green");
	});

	it("is given up by a command, and all goes back at once", async () => {
		await release("blue");
		await shop.remove("strategy.promoted");
		await release("green");
		expect(await trial()).toMatchObject({ percent: 20 });
		const text = await command("abort");
		expect(text).toContain("traffic: all to blue 1.0.0 at once, 20 % of which green had");
		await expectServes(shop, { color: "blue", version: "1.0.0" });
		expect(await shop.outputs()).toMatchObject({ trial: null });
		const again = await shop.up();
		expect(Object.keys(again.changes), again.text).toEqual(["same"]);
	});

	it("that is killed while a step is held leaves the share, and the next up goes on from there", async () => {
		strategy({
			steps: [
				{ share: 10, hold: "2s" },
				{ share: 30, hold: "60s" },
			],
		});
		await shop.set("activeColor", "green");
		const { report } = await underLoad(shop.url, async () => {
			await killedAt("traffic: 30 % to green 2.0.0");
			expect(await trial()).toMatchObject({ to: "green", percent: 30 });
			await pause(2_000);
			expect(await trial()).toMatchObject({ to: "green", percent: 30 });
			strategy({
				steps: [
					{ share: 10, hold: "2s" },
					{ share: 30, hold: "3s" },
				],
			});
			expect(await shop.preview()).toContain("goes on at 30 %: 30 % for 3 s, then all");
			assertSucceeded(await shop.refresh());
			expect(await shop.cutoverState()).toMatchObject({
				activeColor: "shared",
				onTrial: { to: "green", share: 30, paused: false },
			});
			const up = await shop.up();
			assertSucceeded(up);
			expect(up.text).toContain("the trial of green 2.0.0 goes on at 30 %");
			expect(up.text).not.toContain("10 % to green");
		});
		noneFailed(report);
		await expectServes(shop, { color: "green", version: "2.0.0" });
	});

	it("that is killed, and not wanted any more, is over with the next up", async () => {
		await release("blue");
		strategy({ steps: [{ share: 30, hold: "60s" }] });
		await shop.set("activeColor", "green");
		const { report } = await underLoad(shop.url, async () => {
			await killedAt("traffic: 30 % to green 2.0.0");
			await shop.set("activeColor", "blue");
			const up = await shop.up();
			assertSucceeded(up);
			expect(up.text).toContain("traffic: all to blue 1.0.0 at once, 30 % of which green had");
		});
		noneFailed(report);
		await expectServes(shop, { color: "blue", version: "1.0.0" });
		const again = await shop.up();
		expect(Object.keys(again.changes), again.text).toEqual(["same"]);
	});
});
