import type { Report } from "../set-up/paths";
import type { LocalImages } from "./build";
import { inspectImages } from "./docker";
import { debianRecipe, recipe } from "./recipes";
import { nginxImage, officialDebian } from "./versions";

/**
 * Sees to it that Debian's nginx is there as an image. Only the benchmark wants it, so no set-up builds it.
 *
 * @param source of the other images: where they were built, so was the Debian that this one is built on.
 * @returns its tag. Throws Problem with the last lines of the build.
 */
export async function ensureNginx(source: LocalImages["source"], report: Report): Promise<string> {
	const base = source === "built" ? debianRecipe(false) : { tag: officialDebian, inputs: officialDebian };
	const nginx = await recipe(nginxImage, "nginx", base);
	const found = await inspectImages([nginxImage]);
	if (found.get(nginxImage)?.inputs !== nginx.inputs) await nginx.make(report);
	return nginxImage;
}
