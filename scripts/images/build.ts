/** Provides every image that the local stack, the demo and the tests run: `npx tsx scripts/images/build.ts`. */

import { isProblem } from "../lib/problem";
import type { Report } from "../set-up/paths";
import { inspectImages } from "./docker";
import { localRecipes, type Recipe } from "./recipes";
import { pull } from "./registry";
import { shopBundles, shopRecipes, shopTags } from "./shop";
import { localImages, officialImages, shopTemplate } from "./versions";

export { assertCaddyVersion } from "./caddy-version";

export interface LocalImages {
	postgres: string;
	redis: string;
	caddy: string;
	/** A template with the placeholders {service} and {version}. */
	shop: string;
	source: "registry" | "built";
}

export interface EnsureOptions {
	/** Gets a line for whatever takes time, with the reason. Default: standard error. */
	log?: Report;
	/** Makes the local images anew even when nothing changed, for newer Debian packages. Default: false. */
	rebuild?: boolean;
}

/**
 * Sees to it that all images are there: the official ones where a registry answers, else local ones with tags of their
 * own, and the sample shop's. Does nothing, in less than a second, when they are there and their sources unchanged.
 *
 * @returns their names. Throws Problem with what to do.
 */
export async function ensureImages(options: EnsureOptions = {}): Promise<LocalImages> {
	const { log: report = (line) => console.error(`images: ${line}`), rebuild = false } = options;
	const [local, bundles] = await Promise.all([localRecipes(rebuild), shopBundles()]);
	const official = Object.values(officialImages);
	const found = await inspectImages([...official, ...local.map(({ tag }) => tag), ...shopTags()]);
	const isMade = ({ tag, inputs }: Recipe) => !rebuild && found.get(tag)?.inputs === inputs;

	let source: LocalImages["source"] = "registry";
	if (!official.every((tag) => found.has(tag)) && (local.every(isMade) || !(await pullAll(report)))) {
		source = "built";
		await makeAll(
			local.filter((recipe) => !isMade(recipe)),
			report,
		);
	}
	const names = source === "registry" ? officialImages : localImages;
	const base = local.find(({ tag }) => tag === names.node);
	const shop = await shopRecipes({
		bundles,
		base: names.node,
		baseIdentity: base?.inputs ?? (await inspectImages([names.node])).get(names.node)?.id ?? names.node,
	});
	await makeAll(
		shop.filter((recipe) => !isMade(recipe)),
		report,
	);
	return { postgres: names.postgres, redis: names.redis, caddy: names.caddy, shop: shopTemplate, source };
}

async function pullAll(report: Report): Promise<boolean> {
	for (const image of Object.values(officialImages)) {
		report(`pulling ${image}`);
		const failure = await pull(image);
		if (failure) {
			report(`no registry to pull from (${failure}); local images are built instead`);
			return false;
		}
	}
	return true;
}

/** Makes the given images, each after those it needs, and independent ones at the same time. */
async function makeAll(recipes: readonly Recipe[], report: Report): Promise<void> {
	const made = new Map<string, Promise<void>>();
	for (const { tag, needs, make } of recipes) {
		const before = Promise.all(needs.map((needed) => made.get(needed)));
		made.set(
			tag,
			before.then(() => make(report)),
		);
	}
	if (made.size === 0) return;
	const started = Date.now();
	// All of them end before this throws: a build must not go on behind the caller's back.
	const results = await Promise.allSettled(made.values());
	const failure = results.find((result) => result.status === "rejected");
	if (failure) throw failure.reason;
	report(
		`${made.size} image${made.size === 1 ? "" : "s"} made in ${Math.round((Date.now() - started) / 1000)} s`,
	);
}

async function main(): Promise<void> {
	try {
		const images = await ensureImages({ rebuild: process.argv.includes("--rebuild") });
		console.log(JSON.stringify(images, null, 2));
	} catch (error) {
		if (!isProblem(error)) throw error;
		console.error(error.message);
		process.exitCode = 1;
	}
}

if (require.main === module) void main();
