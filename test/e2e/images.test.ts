import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localImages, shopServices, shopTemplate } from "../../scripts/images/versions";
import { engine, inContainer } from "./support/docker";
import { PrivateRegistry } from "./support/registry";
import { assertSucceeded, TestStack } from "./support/stack";

const PASSWORD = "only-for-those-who-deploy-4711";
/** A third release, of which no more matters than that it is one. */
const THIRD = "2.7.0-slow";

/** One stack whose images come from a private registry, in order: each test begins where the one before it ended. */
describe("images of a private registry", () => {
	let registry: PrivateRegistry;
	let shop: TestStack;
	/** Of web, by version, as the registry calls it. */
	const digests: Record<string, string> = {};

	beforeAll(async () => {
		registry = await PrivateRegistry.start(PASSWORD);
		for (const version of ["1.0.0", "2.0.0"]) digests[version] = await publish(version, version);
		shop = await TestStack.create("e2e-images");
		shop.configure("images", `${registry.address}/shop-{service}:{version}`);
		shop.configure("oldImages", { keep: 0 });
	});
	afterAll(async () => {
		await shop?.dispose();
		registry?.stop();
		const all = await engine.api.listImages();
		const ours = all.flatMap(({ RepoTags, RepoDigests }) => [...(RepoTags ?? []), ...(RepoDigests ?? [])]);
		for (const name of ours.filter((one) => one.startsWith(`${registry.address}/`)))
			await engine.api
				.getImage(name)
				.remove({ force: true })
				.catch(() => undefined);
	});

	const publish = async (version: string, as: string) => {
		const pushed: string[] = [];
		for (const service of shopServices) {
			const image = shopTemplate.replace("{service}", service).replace("{version}", version);
			pushed.push(await registry.push(image, `shop-${service}:${as}`));
		}
		return pushed[0] ?? "";
	};
	const imageOf = async (container: string) =>
		(await engine.api.getContainer(shop.container(container)).inspect()).Image;
	const released = async () => {
		const text = await inContainer(shop.container("proxy"), "cat", "/config/blue-green/releases.json");
		return JSON.parse(text) as Record<string, { services: Record<string, { pinned?: string }> }>;
	};
	/** Tags and digests of the shop on the Docker host. */
	const onHost = async () => {
		const all = await engine.api.listImages();
		const names = all.flatMap(({ RepoTags, RepoDigests }) => [...(RepoTags ?? []), ...(RepoDigests ?? [])]);
		return names.filter((name) => name.startsWith(`${registry.address}/`)).sort();
	};

	it("are not to be had without a login: the up fails with the registry's reason", async () => {
		const up = await shop.up();
		expect(up.failed).toBe(true);
		expect(up.text).toMatch(/authentication required|unauthorized|no basic auth credentials/i);
	});

	it("are fetched with the login of the settings, whose password stands nowhere in plain text", async () => {
		shop.configure("registries", { [registry.address]: { username: registry.user, password: "REGISTRY" } });
		await shop.stack.setConfig("secrets.REGISTRY", { value: PASSWORD, secret: true }, true);
		const up = await shop.up();
		assertSucceeded(up);
		expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });
		const files = Object.values(await shop.stateFiles());
		expect(files.length).toBeGreaterThan(1);
		for (const text of [up.text, ...files]) {
			expect(text).not.toContain(PASSWORD);
			expect(text).not.toContain(Buffer.from(`${registry.user}:${PASSWORD}`).toString("base64"));
		}
	});

	it("are noted with the release by the registry's digest, and then nothing changes any more", async () => {
		expect((await released()).blue?.services.web?.pinned).toBe(digests["1.0.0"]);
		const again = await shop.up();
		expect(Object.keys(again.changes), again.text).toEqual(["same"]);
	});

	it("stay what they are when a tag moves: the preview says so, nothing is replaced", async () => {
		const before = await imageOf("blue-web-1");
		await publish("2.0.0", "1.0.0");
		await registry.pull("shop-web:1.0.0");
		const preview = await shop.preview();
		expect(preview).toContain(
			`${registry.address}/shop-web:1.0.0 names another image by now than the one that blue 1.0.0 (web) was released from.`,
		);
		expect(preview).toContain("pulumi config set --path colors.blue.revision");
		const up = await shop.up();
		expect(Object.keys(up.changes), up.text).toEqual(["same"]);
		expect(await imageOf("blue-web-1")).toBe(before);
	});

	it("come back as released after standby: removed, though the tag names another one by now", async () => {
		const before = await imageOf("blue-web-1");
		await shop.set("standby", "removed");
		await shop.set("colors.green.version", "2.0.0");
		await shop.set("activeColor", "green");
		assertSucceeded(await shop.up());
		expect(await shop.version()).toMatchObject({ color: "green", version: "2.0.0" });
		await shop.set("activeColor", "blue");
		assertSucceeded(await shop.up());
		expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });
		expect(await imageOf("blue-web-1")).toBe(before);
	});

	it("of releases before the last ones go once a release is drained, and no others", async () => {
		digests[THIRD] = await publish(THIRD, THIRD);
		const others = await engine.api.getImage(localImages.caddy).inspect();
		await shop.set("standby", "warm");
		await shop.set("colors.green.version", THIRD);
		await shop.set("activeColor", "green");
		const up = await shop.up();
		assertSucceeded(up);
		// Green was 2.0.0 before; blue is what a rollback goes to.
		expect(up.text).toMatch(/images: removed images of old releases: .*shop-w(eb|orker):/);
		const left = await onHost();
		expect(left).not.toContain(`${registry.address}/shop-web:2.0.0`);
		expect(left).toContain(digests[THIRD]);
		expect(left).toContain(digests["1.0.0"]);
		expect((await engine.api.getImage(localImages.caddy).inspect()).Id).toBe(others.Id);
		await shop.set("activeColor", "blue");
		assertSucceeded(await shop.up());
		expect(await shop.version()).toMatchObject({ color: "blue", version: "1.0.0" });
	});
});
