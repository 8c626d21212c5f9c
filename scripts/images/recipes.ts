import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Report } from "../set-up/paths";
import { hashFolder, hashOf } from "./cache";
import { buildImage, importImage } from "./docker";
import { caddy, debian, type Ingredient, node } from "./ingredients";
import { localImages } from "./versions";

/** How one image is made, and the hash of all that it is made of. */
export interface Recipe {
	tag: string;
	/** Changes when, and only when, the image would. */
	inputs: string;
	/** The tags that must be there first. */
	needs: readonly string[];
	make(report: Report): Promise<void>;
}

/**
 * @param renew takes today's Debian packages rather than a cached root file system.
 * @returns the recipes of the local images, in an order in which they can be made.
 */
export async function localRecipes(renew: boolean): Promise<Recipe[]> {
	const base = debianRecipe(renew);
	return [
		base,
		await recipe(localImages.caddy, "caddy", base, { caddy: await caddy() }),
		await recipe(localImages.node, "node", base, { node: node() }),
		await recipe(localImages.postgres, "postgres", base),
		await recipe(localImages.redis, "redis", base),
	];
}

/** The base of the local images. */
export function debianRecipe(renew: boolean): Recipe {
	const tag = localImages.debian;
	const root = debian(renew);
	const inputs = hashOf([root.key]);
	return {
		tag,
		inputs,
		needs: [],
		make: async (report) => {
			const tar = await root.file(report);
			report(`importing ${tag}`);
			await importImage(tag, tar, inputs);
		},
	};
}

/**
 * The recipe of an image whose Dockerfile is in a folder beside this file.
 *
 * @param ingredients files that are put beside the Dockerfile, by name.
 */
export async function recipe(
	tag: string,
	folder: string,
	base: Pick<Recipe, "tag" | "inputs">,
	ingredients: Record<string, Ingredient> = {},
): Promise<Recipe> {
	const source = path.join(__dirname, folder);
	const parts = Object.entries(ingredients).flatMap(([name, { key }]) => [name, key]);
	const inputs = hashOf([base.inputs, await hashFolder(source), ...parts]);
	return {
		tag,
		inputs,
		needs: [base.tag],
		make: (report) =>
			withContext(async (context) => {
				await cp(source, context, { recursive: true });
				for (const [name, ingredient] of Object.entries(ingredients)) {
					await cp(await ingredient.file(report), path.join(context, name));
				}
				report(`building ${tag}`);
				await buildImage({ tag, context, buildArgs: { BASE: base.tag }, inputs });
			}),
	};
}

/** Runs the body with a new empty folder and removes the folder afterwards, whatever happened. */
export async function withContext(body: (folder: string) => Promise<void>): Promise<void> {
	const folder = await mkdtemp(path.join(tmpdir(), "image-"));
	try {
		await body(folder);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
