import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CaddyAdmin } from "../../components/runtime/caddy/admin";
import { engine, eventually, idsOf, inContainer } from "./support/docker";
import { NOT_OURS, restartableEngine, restartEngine } from "./support/engine";
import { underLoad } from "./support/load";
import { assertSucceeded, TestStack } from "./support/stack";

/** What happens to a stack between two `up`s. Green serves throughout: a default of any kind would be blue. */
describe("a stack that something happens to", () => {
	let shop: TestStack;

	beforeAll(async () => {
		shop = await TestStack.create("e2e-recovery");
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
		assertSucceeded(await shop.up());
	});
	afterAll(() => shop?.dispose());

	it("serves green, after a first deployment of both colors", async () => {
		expect(await shop.version()).toMatchObject({ color: "green", version: "2.0.0" });
		expect(await shop.outputs()).toMatchObject({ activeColor: "green", standbyVersion: "1.0.0" });
	});

	it("comes back on green when Caddy is restarted, and when it is killed", async () => {
		const proxy = engine.api.getContainer(shop.container("proxy"));
		await proxy.restart({ t: 5 });
		await eventually(
			"green answers after the restart",
			20_000,
			async () => (await shop.version()).color === "green",
		);
		// From the host: Docker counts its own `kill` as a wish to stop, and would not start Caddy again.
		const { State } = await proxy.inspect();
		process.kill(State.Pid, "SIGKILL");
		await eventually(
			"green answers after the kill",
			20_000,
			async () => (await shop.version()).color === "green",
		);
		const up = await shop.up();
		expect(Object.keys(up.changes)).toEqual(["same"]);
	});

	it("sees a switch file that was changed by hand, in refresh and in up, and puts it right", async () => {
		await inContainer(
			shop.container("proxy"),
			"sh",
			"-c",
			"printf 0 > /switch/x && mv /switch/x /switch/green_below",
		);
		expect(await shop.version()).toMatchObject({ color: "blue" });
		const preview = await shop.preview();
		expect(preview).toContain(`${shop.prefix}-cutover`);
		await shop.refresh();
		expect((await shop.cutoverState()).activeColor).toBe("blue");
		const { value: up, report } = await underLoad(shop.url, () => shop.up());
		expect(up.text).not.toContain("error:");
		expect(report.failures).toEqual({});
		expect(await shop.version()).toMatchObject({ color: "green" });
		expect(await shop.outputs()).toMatchObject({ activeColor: "green", activeVersion: "2.0.0" });
	});

	it("sees a Caddyfile that was loaded by hand, and puts it right", async () => {
		const admin = new CaddyAdmin(engine, shop.container("proxy"));
		await admin.load(`{\n\tadmin 127.0.0.1:2019\n}\nhttp://:${shop.port} {\n\trespond "by hand"\n}\n`);
		admin.close();
		expect(await (await fetch(shop.url)).text()).toBe("by hand");
		await shop.refresh();
		expect((await shop.cutoverState()).caddyfileInForce).toBe(false);
		const up = await shop.up();
		expect(up.text).not.toContain("error:");
		expect(await shop.version()).toMatchObject({ color: "green" });
	});

	it("brings back a container that was removed by hand, without touching the others", async () => {
		const before = await idsOf(shop.prefix);
		const removed = shop.container("green-web-1");
		await engine.api.getContainer(removed).remove({ force: true, v: true });
		expect(await shop.version()).toMatchObject({ color: "green" });
		await shop.refresh();
		const { value: up, report } = await underLoad(shop.url, () => shop.up());
		expect(up.text).not.toContain("error:");
		expect(report.failures).toEqual({});
		const { [removed]: fresh, ...others } = await idsOf(shop.prefix);
		const { [removed]: gone, ...othersBefore } = before;
		expect(fresh).not.toBe(gone);
		expect(others).toEqual(othersBefore);
	});

	it("says so when the proxy does not run, and the next up is clean", async () => {
		const proxy = engine.api.getContainer(shop.container("proxy"));
		await proxy.stop({ t: 5 });
		await shop.set("activeColor", "blue");
		const up = await shop.up();
		expect(up.failed).toBe(true);
		expect(up.text).toContain(`The proxy ${shop.container("proxy")} does not run: it is exited`);
		expect(up.text).toContain(`Next: docker start ${shop.container("proxy")} && pulumi up`);
		await proxy.start();
		const next = await shop.up();
		expect(next.text).not.toContain("error:");
		expect(await shop.version()).toMatchObject({ color: "blue" });
		await shop.set("activeColor", "green");
		expect((await shop.up()).failed).toBe(false);
	});

	it("starts a stopped proxy again by refresh and up", async () => {
		await engine.api.getContainer(shop.container("proxy")).stop({ t: 5 });
		const refresh = await shop.refresh();
		expect(refresh.text).not.toContain("error:");
		expect((await shop.cutoverState()).activeColor).toBe("none");
		const up = await shop.up();
		expect(up.text).not.toContain("error:");
		expect(await shop.version()).toMatchObject({ color: "green", version: "2.0.0" });
		expect(await shop.outputs()).toMatchObject({ activeColor: "green" });
	});

	it("comes back on green when the Docker Engine is restarted", async ({ skip }) => {
		const pid = restartableEngine();
		if (pid === undefined) return skip(NOT_OURS);
		await restartEngine(pid);
		await eventually(
			"green answers after the Engine's restart",
			60_000,
			async () => (await shop.version()).color === "green",
		);
		const health = await eventually(
			"green is healthy",
			60_000,
			async () => (await fetch(`${shop.url}/health`)).status === 200,
		);
		expect(health).toBe(true);
		const up = await shop.up();
		expect(Object.keys(up.changes)).toEqual(["same"]);
	});
});
