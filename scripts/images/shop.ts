import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { bundleShop, shopDockerfile, shopFolder } from "../../test/fixtures/shop/build";
import { cachedFile, hashFolder, hashOf } from "./cache";
import { buildImage } from "./docker";
import { type Recipe, withContext } from "./recipes";
import { type ShopService, shopImage, shopSchema, shopServices, shopVersions } from "./versions";

/** @returns the tags of all of the sample shop's images. */
export function shopTags(): string[] {
	return shopVersions.flatMap((version) => shopServices.map((service) => shopImage(service, version)));
}

type Bundles = Record<ShopService, string>;

const lockFile = path.join(__dirname, "..", "..", "package-lock.json");

/** @returns each service in one JavaScript file; bundled when a source or a dependency has changed, else cached. */
export async function shopBundles(): Promise<Bundles> {
	const sources = hashOf([await hashFolder(shopFolder), await readFile(lockFile)]);
	const file = await cachedFile(`shop-${sources.slice(0, 16)}.json`, async (unfinished) => {
		await writeFile(unfinished, JSON.stringify(await bundleShop()));
	});
	return JSON.parse(await readFile(file, "utf8")) as Bundles;
}

interface ShopParts {
	bundles: Bundles;
	/** The image with Node.js that all are built on. */
	base: string;
	/** Changes when that image's content does. */
	baseIdentity: string;
}

/** The recipes of the sample shop's images: each service in each version. */
export async function shopRecipes({ bundles, base, baseIdentity }: ShopParts): Promise<Recipe[]> {
	const dockerfile = await readFile(shopDockerfile, "utf8");
	return shopVersions.flatMap((version) =>
		shopServices.map((service): Recipe => {
			const tag = shopImage(service, version);
			const bundle = bundles[service];
			const inputs = hashOf([baseIdentity, dockerfile, bundle, service, version, shopSchema(version)]);
			const buildArgs = { BASE: base, SERVICE: service, VERSION: version, SCHEMA: shopSchema(version) };
			return {
				tag,
				inputs,
				needs: [base],
				make: (report) =>
					withContext(async (context) => {
						report(`building ${tag}`);
						await cp(shopDockerfile, path.join(context, "Dockerfile"));
						await writeFile(path.join(context, "service.js"), bundle);
						await buildImage({ tag, context, buildArgs, inputs });
					}),
			};
		}),
	);
}
