import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LoadReport } from "../../scripts/load";
import { CONNECTION_ERRORS } from "../faults/support/proxy";
import { engine } from "./support/docker";
import { underLoad } from "./support/load";
import { assertSucceeded, freePort, TestStack } from "./support/stack";

const IMAGE = "blue-green-test-proxy/caddy";
/** Measured: docs/releasing-carefully.md, "Changing the proxy". This is for a machine that has much else to do. */
const LONGEST_OUTAGE_MS = 10_000;

/** The one change that visitors notice: that of the container which they all come in through. */
describe("a change of the proxy's container", () => {
	let shop: TestStack;
	let image: string;
	beforeAll(async () => {
		shop = await TestStack.create("e2e-proxy");
		image = await shop.get("proxy.image");
		for (const tag of ["a", "b"]) await relabel(image, `${IMAGE}:${tag}`);
		await shop.set("colors.green.version", "2.0.0");
		assertSucceeded(await shop.up());
	});
	afterAll(async () => {
		await shop?.dispose();
		await execa("docker", ["image", "rm", `${IMAGE}:a`, `${IMAGE}:b`], { reject: false });
	});

	function proxyId(): Promise<string> {
		return engine.api
			.getContainer(shop.container("proxy"))
			.inspect()
			.then(({ Id }) => Id);
	}

	/** Connections failed while there was no proxy, and nothing else did. */
	function onlyWhileItWasAway(what: string, report: LoadReport): void {
		console.log(
			`${what}: longest time without a success ${Math.round(report.longestGapWithoutSuccessMs)} ms, ${report.failed} of ${report.sent} requests failed at ${Math.round(report.ratePerSecond)}/s`,
		);
		expect(Object.keys(report.failures).filter((kind) => !CONNECTION_ERRORS.includes(kind))).toEqual([]);
		expect(report.failed).toBeGreaterThan(0);
		expect(report.longestGapWithoutSuccessMs).toBeLessThan(LONGEST_OUTAGE_MS);
	}

	it("is announced in the preview with its outage, and only then", async () => {
		expect(await shop.preview()).not.toContain("the proxy's container will be replaced");
		await shop.set("proxy.image", `${IMAGE}:a`);
		expect(await shop.preview()).toMatch(/warning.*the proxy's container will be replaced/);
	});

	it("of its image comes back with what it did before, also while streams are open", async () => {
		const before = await proxyId();
		const { value: up, report } = await underLoad(shop.url, () => shop.up(), {
			ratePerSecond: 250,
			streams: { webSockets: 3, eventStreams: 3, reconnect: true },
		});
		assertSucceeded(up);
		expect(await proxyId()).not.toBe(before);
		onlyWhileItWasAway("image, with streams", report);
		expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });
	});

	it("and a release in the same up: the old color comes back first, then traffic moves", async () => {
		await shop.set("proxy.image", `${IMAGE}:b`);
		await shop.set("activeColor", "green");
		const { value: up, report } = await underLoad(shop.url, () => shop.up(), { ratePerSecond: 250 });
		assertSucceeded(up);
		onlyWhileItWasAway("image, and a release", report);
		const colors = report.samples.flatMap(({ kind, color }) => (kind === undefined ? [color] : []));
		expect(colors.indexOf("green")).toBeGreaterThan(0);
		expect(new Set(colors)).toEqual(new Set(["blue", "green"]));
		expect(await shop.outputs()).toMatchObject({ activeColor: "green", lastCutover: { from: "blue" } });
		expect(Object.keys((await shop.up()).changes)).toEqual(["same"]);
	});

	it("of its port is announced and made, too", async () => {
		const port = await freePort();
		await shop.set("proxy.httpPort", String(port));
		expect(await shop.preview()).toMatch(/warning.*the proxy's container will be replaced/);
		assertSucceeded(await shop.up());
		const response = await fetch(`http://127.0.0.1:${port}/version`);
		expect(await response.json()).toMatchObject({ color: "green", version: "2.0.0" });
	});
});

/** The same Caddy in an image of another id, as a newer version is to Docker. */
async function relabel(image: string, as: string): Promise<void> {
	const { stdout: container } = await execa("docker", ["create", image]);
	await execa("docker", ["commit", "--change", `LABEL as=${as}`, container, as]);
	await execa("docker", ["rm", container]);
}
