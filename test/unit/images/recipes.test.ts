import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { localRecipes } from "../../../scripts/images/recipes";
import { shopRecipes } from "../../../scripts/images/shop";
import { localImages, nodeBinary, shopImage, shopVersions } from "../../../scripts/images/versions";

const bundles = { web: "web 1", worker: "worker 1" };
const shop = { bundles, base: "node:22-slim", baseIdentity: "sha256:1" };

async function inputs(recipes: ReturnType<typeof shopRecipes>): Promise<Map<string, string>> {
	return new Map((await recipes).map((recipe) => [recipe.tag, recipe.inputs]));
}

describe("local images", () => {
	it("are made of each other in an order that works", async () => {
		const made = new Set<string>();
		for (const { tag, needs } of await localRecipes(false)) {
			for (const needed of needs) expect(made).toContain(needed);
			made.add(tag);
		}
		expect([...made].sort()).toEqual(Object.values(localImages).sort());
	});

	it("never have an official name", () => {
		for (const tag of Object.values(localImages)) expect(tag).toMatch(/^blue-green-local\//);
	});

	it("have tags that name what is inside", () => {
		const dockerfile = readFileSync(
			path.join(__dirname, "../../../scripts/images/postgres/Dockerfile"),
			"utf8",
		);
		expect(dockerfile).toContain(`postgresql-${localImages.postgres.split(":")[1]}`);
		expect(nodeBinary.version.split(".")[0]).toBe(localImages.node.split(":")[1]);
	});
});

describe("the shop's images", () => {
	it("change alone when one service changes", async () => {
		const before = await inputs(shopRecipes(shop));
		const after = await inputs(shopRecipes({ ...shop, bundles: { ...bundles, worker: "worker 2" } }));
		const changed = [...before.keys()].filter((tag) => before.get(tag) !== after.get(tag));
		expect(changed.sort()).toEqual(shopVersions.map((version) => shopImage("worker", version)));
	});

	it("change when their base does, and differ from one another", async () => {
		const before = await inputs(shopRecipes(shop));
		const after = await inputs(shopRecipes({ ...shop, baseIdentity: "sha256:2" }));
		expect(new Set([...before.values(), ...after.values()]).size).toBe(before.size * 2);
	});
});
