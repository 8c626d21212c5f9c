import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { idsOf } from "./support/docker";
import { Sshd } from "./support/sshd";
import { assertSucceeded, TestStack } from "./support/stack";

/** The life of a stack whose Docker host is on the other side of SSH; DOCKER_HOST leads nowhere, so nothing goes by. */
describe("a stack on a host over SSH", () => {
	let sshd: Sshd;
	let shop: TestStack;

	beforeAll(async () => {
		sshd = await Sshd.start();
		process.env.PATH = sshd.path;
		process.env.DOCKER_HOST = "unix:///nowhere/docker.sock";
		shop = await TestStack.create("e2e-host");
		await shop.set("host", sshd.host);
	});
	afterAll(async () => {
		await shop?.dispose();
		sshd?.stop();
	});

	it("deploys for the first time, migrations and all, over few connections", async () => {
		assertSucceeded(await shop.up());
		expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });
		expect(await shop.outputs()).toMatchObject({ url: shop.url, activeColor: "blue" });
		console.log(`connections of the first deployment: ${sshd.accepted}`);
		expect(sshd.accepted).toBeLessThan(10);
	});

	it("changes nothing when nothing changed", async () => {
		const [before, accepted] = [await idsOf(shop.prefix), sshd.accepted];
		const up = await shop.up();
		console.log(`an up that changes nothing: ${up.durationMs} ms, ${sshd.accepted - accepted} connections`);
		expect(Object.keys(up.changes)).toEqual(["same"]);
		expect(await idsOf(shop.prefix)).toEqual(before);
		expect(sshd.accepted - accepted).toBeLessThan(5);
	});

	it("leaves blue serving when the connection is cut during a release, says so, and the next up goes on", async () => {
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
		let cut = 0;
		const up = await shop.up(undefined, (message) => {
			if (cut === 0 && message.includes("health gate:")) cut = sshd.cutConnections();
		});
		expect(cut).toBeGreaterThan(0);
		expect(up.failed).toBe(true);
		expect(up.text).toContain(`The SSH connection to ${sshd.host} was lost meanwhile.`);
		expect(up.text).toContain("Next: pulumi up");
		expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });

		assertSucceeded(await shop.up());
		expect(await shop.version()).toMatchObject({ color: "green", version: "2.0.0" });
	});

	it("rolls back", async () => {
		await shop.set("activeColor", "blue");
		assertSucceeded(await shop.up());
		expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });
	});

	it("shows what would be done by the state where the host cannot be reached, and does nothing", async () => {
		sshd.cutConnections();
		sshd.useKey("stranger");
		await shop.set("activeColor", "green");
		try {
			const up = await shop.up();
			expect(up.failed).toBe(true);
			expect(up.text).toContain(
				`The Docker host ${sshd.host} cannot be reached: it accepts none of your keys`,
			);
			expect(await shop.version()).toMatchObject({ color: "blue" });
		} finally {
			sshd.useKey("client");
			await shop.set("activeColor", "blue");
		}
	});

	it("is destroyed over SSH, without the program", async () => {
		await shop.destroy();
		const volumes = ["backups", "db-cache-data", "db-main-data"].map((name) => shop.container(name));
		expect((await shop.leftovers()).sort()).toEqual(volumes);
	});
});
