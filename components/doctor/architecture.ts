import type { SeenImages } from "./disk";
import { type Fact, type Finding, finding } from "./finding";
import type { NeededImage } from "./needs";

/** The kernel's words for a processor, which `docker info` has, as images have them. */
const AS_IMAGES_SAY: Readonly<Record<string, string>> = {
	x86_64: "amd64",
	amd64: "amd64",
	aarch64: "arm64",
	arm64: "arm64",
	armv7l: "arm",
	armv6l: "arm",
	i386: "386",
	i686: "386",
	ppc64le: "ppc64le",
	s390x: "s390x",
	riscv64: "riscv64",
};

/**
 * Whether each image that is on the host is for its processor; those that are not there yet are said to be so.
 *
 * @param kernel As `docker info` has it: "x86_64".
 */
export function judgeImages(
	kernel: Fact<string>,
	needed: readonly NeededImage[],
	images: SeenImages,
): Finding[] {
	const architecture = "known" in kernel ? AS_IMAGES_SAY[kernel.known] : undefined;
	if (architecture === undefined) {
		const why = "why" in kernel ? kernel.why : `the Engine calls it ${kernel.known}, which is not known here`;
		return [finding("images", "unknown", `the host's processor is not known: ${why}`)];
	}
	const states = [...new Set(needed.map(({ image }) => image))].map((image) => ({
		image,
		what: needed.flatMap((one) => (one.image === image ? one.what : [])).join(", "),
		seen: images[image] ?? { why: "it was not asked for" },
	}));
	const foreign = states.flatMap(({ image, what, seen }) => {
		if ("why" in seen || seen.known === undefined || seen.known.architecture === architecture) return [];
		const text = `${image} (${what}) is for ${seen.known.architecture}, the host is ${architecture}: its containers do not start`;
		return [finding("images", "problem", text, `docker pull --platform linux/${architecture} ${image}`)];
	});
	const unseen = states.flatMap(({ image, what, seen }) =>
		"why" in seen ? [finding("images", "unknown", `${image} (${what}) cannot be seen: ${seen.why}`)] : [],
	);
	const absent = states.flatMap(({ image, seen }) =>
		"known" in seen && seen.known === undefined ? image : [],
	);
	const toCome = absent.map((image) =>
		finding(
			"images",
			"unknown",
			`${image} is not on the host yet: whether it can be had, and for ${architecture}, shows when it is fetched`,
			`docker pull ${image}`,
		),
	);
	const found = [...foreign, ...unseen, ...toCome];
	if (found.length > 0) return found;
	return [finding("images", "ok", `${states.length} images are on the host, for ${architecture}`)];
}
