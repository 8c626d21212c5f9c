import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ensureImages } from "../../../scripts/images/build";
import { inputsLabel } from "../../../scripts/images/docker";
import { localRecipes } from "../../../scripts/images/recipes";
import { pull } from "../../../scripts/images/registry";
import { shopTags } from "../../../scripts/images/shop";
import { localImages, officialImages } from "../../../scripts/images/versions";
import { FakeDocker, type FakeState } from "./fake-docker";
import { environment, temporaryFolder } from "./temporary";

const folder = temporaryFolder();
// One cache for all tests: the shop is bundled once.
const cache = mkdtempSync(path.join(tmpdir(), "images-test-cache-"));
afterAll(() => rmSync(cache, { recursive: true, force: true }));
environment(() => ({ PATH: `${folder()}:${process.env.PATH}`, XDG_CACHE_HOME: cache }));

const official = Object.fromEntries(Object.values(officialImages).map((tag) => [tag, {}]));

async function local(): Promise<FakeState["images"]> {
	const recipes = await localRecipes(false);
	return Object.fromEntries(recipes.map(({ tag, inputs }) => [tag, { [inputsLabel]: inputs }]));
}

function quietly() {
	const lines: string[] = [];
	return { lines, log: (line: string) => lines.push(line) };
}

describe("ensureImages", () => {
	it("uses official images that are there without asking a registry, and builds the shop on their Node.js", async () => {
		const docker = new FakeDocker(folder(), { images: official, registry: "refused" });
		expect(await ensureImages(quietly())).toEqual({
			postgres: "postgres:17-alpine",
			redis: "redis:8-alpine",
			caddy: "caddy:2.11-alpine",
			shop: "blue-green-local/shop-{service}:{version}",
			source: "registry",
		});
		const builds = docker.takeCalls("build");
		expect(builds).toHaveLength(shopTags().length);
		expect(builds.every((call) => call.includes("--build-arg BASE=node:22-slim"))).toBe(true);
	});

	it("pulls them where a registry answers", async () => {
		const docker = new FakeDocker(folder(), { images: {}, registry: "open" });
		expect((await ensureImages(quietly())).source).toBe("registry");
		expect(docker.takeCalls("pull").sort()).toEqual(
			Object.keys(official)
				.map((tag) => `pull ${tag}`)
				.sort(),
		);
	});

	it("builds and pulls nothing, and says nothing, the second time", async () => {
		const docker = new FakeDocker(folder(), { images: await local(), registry: "refused" });
		const first = await ensureImages(quietly());
		expect(first.source).toBe("built");
		expect(first.postgres).toBe(localImages.postgres);
		docker.takeCalls("build");
		const { lines, log } = quietly();
		expect(await ensureImages({ log })).toEqual(first);
		expect(docker.takeCalls("")).toEqual([]);
		expect(lines).toEqual([]);
	});

	it("makes again, without the others, an image that was made from other inputs", async () => {
		const docker = new FakeDocker(folder(), {
			images: { ...(await local()), [localImages.redis]: { [inputsLabel]: "older" } },
			registry: "refused",
		});
		const { lines, log } = quietly();
		await ensureImages({ log });
		expect(docker.takeCalls("build").filter((call) => !call.includes("shop-"))).toEqual([
			expect.stringContaining(
				`--tag ${localImages.redis} --label ${inputsLabel}=${(await local())[localImages.redis]?.[inputsLabel]}`,
			),
		]);
		expect(lines).toContain("no registry to pull from (no such host); local images are built instead");
	});

	it("says what failed, with the last lines, when a build fails, and finishes the others first", async () => {
		const tag = "blue-green-local/shop-web:2.0.0";
		const docker = new FakeDocker(folder(), { images: await local(), registry: "refused", broken: [tag] });
		await expect(ensureImages(quietly())).rejects.toThrow(
			/building blue-green-local\/shop-web:2\.0\.0: .* failed with exit code 1\n {2}Step 3\/9: no space left on device/,
		);
		expect(docker.takeCalls("build")).toHaveLength(shopTags().length);
	});

	it("says so when no engine answers", async () => {
		new FakeDocker(folder(), { images: {}, registry: "open", engine: "stopped" });
		await expect(ensureImages(quietly())).rejects.toThrow(
			"No Docker Engine answers: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.\nStart it, then see that this works: docker info",
		);
	});
});

describe("pull", () => {
	it("gives up on a registry that says nothing", async () => {
		new FakeDocker(folder(), { images: {}, registry: "silent" });
		const started = Date.now();
		expect(await pull("redis:8-alpine", { firstAnswerMs: 500, wholeMs: 20_000 })).toBe(
			"no answer within 0.5 s",
		);
		expect(Date.now() - started).toBeLessThan(10_000);
	});

	it("has a limit for the whole image", async () => {
		new FakeDocker(folder(), { images: {}, registry: "silent" });
		expect(await pull("redis:8-alpine", { firstAnswerMs: 20_000, wholeMs: 1_000 })).toBe(
			"not finished after 1 s",
		);
	});

	it("hands on a refusal, and is content with an answer", async () => {
		new FakeDocker(folder(), { images: {}, registry: "refused" });
		expect(await pull("redis:8-alpine")).toBe("no such host");
		new FakeDocker(folder(), { images: {}, registry: "open" });
		expect(await pull("redis:8-alpine")).toBeUndefined();
	});
});
