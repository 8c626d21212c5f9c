import type { Color } from "../settings/schema";
import { sameRelease } from "./plan";

/** Of what images one release consists, noted on the Docker host for the time when it is gone. */
export interface NotedRelease {
	readonly color: Color;
	readonly version: string;
	readonly revision?: string;
	/** By service. */
	readonly images: Readonly<Record<string, NotedImage>>;
}

export interface NotedImage {
	/** Docker's: "sha256:…" */
	readonly id: string;
	/** As the settings named it. */
	readonly name: string;
}

type Identity = Pick<NotedRelease, "color" | "version" | "revision">;

/** More than anybody keeps; so that the note does not grow for ever where nothing is removed. */
const MOST_NOTED = 200;

/** The note with what runs now in front: newest first, each release once. */
export function noteReleases(
	before: readonly NotedRelease[],
	running: readonly NotedRelease[],
): NotedRelease[] {
	const rest = before.filter((old) => !running.some((one) => isSame(one, old)));
	return [...running, ...rest].slice(0, MOST_NOTED);
}

/** Releases that are past, and of their images those that may be removed. */
export interface OldImages {
	readonly releases: readonly NotedRelease[];
	/** Those that nothing else needs. */
	readonly images: readonly NotedImage[];
}

/**
 * The images of releases before the last ones.
 *
 * @param noted Newest first.
 * @param current The releases of both colors, whether or not they run: a rollback needs them.
 * @param keep Of how many releases besides those the images stay.
 * @param needed Docker's ids of images that something else needs: a container, running or not, or another stack.
 */
export function oldImages(
	noted: readonly NotedRelease[],
	current: readonly Identity[],
	keep: number | "all",
	needed: ReadonlySet<string>,
): OldImages {
	if (keep === "all") return { releases: [], images: [] };
	const past = noted.filter((one) => !current.some((now) => isSame(now, one)));
	const releases = past.slice(keep);
	const stay = new Set(noted.filter((one) => !releases.includes(one)).flatMap((one) => idsOf(one)));
	const images = releases
		.flatMap((one) => Object.values(one.images))
		.filter(({ id }) => !stay.has(id) && !needed.has(id));
	return { releases, images: [...new Map(images.map((image) => [image.id, image])).values()] };
}

/**
 * What is noted from now on: a past release goes with the last of its images, so that what could not be removed this time
 * is tried again.
 *
 * @param left Docker's ids of their images that are still there.
 */
export function afterRemoval(
	noted: readonly NotedRelease[],
	{ releases }: Pick<OldImages, "releases">,
	left: ReadonlySet<string>,
): NotedRelease[] {
	return noted.filter((one) => !releases.includes(one) || idsOf(one).some((id) => left.has(id)));
}

/**
 * By which names an image is removed; undefined where it has another name beside, because then it is somebody else's too.
 * Without any name it is removed by its id.
 */
export function namesToRemove({ id, name }: NotedImage, tags: readonly string[]): string[] | undefined {
	const ours = repositoryOf(name);
	if (tags.some((tag) => repositoryOf(tag) !== ours)) return undefined;
	return tags.length === 0 ? [id] : [...tags];
}

/** Without tag and digest; a colon before the last slash is that of a port. */
function repositoryOf(name: string): string {
	const [beforeDigest = ""] = name.split("@");
	return beforeDigest.replace(/:[^/:]*$/, "");
}

function isSame(a: Identity, b: Identity): boolean {
	return a.color === b.color && sameRelease(a, b);
}

function idsOf({ images }: NotedRelease): string[] {
	return Object.values(images).map(({ id }) => id);
}
