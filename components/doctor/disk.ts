import { sizeText } from "../plan/backups";
import { type Fact, type Finding, finding } from "./finding";
import type { NeededImage } from "./needs";

/** Room where Docker keeps images, containers and volumes. */
export interface Disk {
	/** For those who are not root. */
	readonly freeBytes: number;
	readonly totalBytes: number;
}

/** An image as it is on the Docker host. */
export interface SeenImage {
	/** Docker's word: "amd64", "arm64". */
	readonly architecture: string;
	readonly sizeBytes: number;
	/** As the official image of Caddy says it: "v2.11.3". */
	readonly caddyVersion?: string;
}

/** By name; undefined: it is not on the host. */
export type SeenImages = Readonly<Record<string, Fact<SeenImage | undefined>>>;

/** What databases, logs and temporary files are to have beside the images. A database whose disk is full stops. */
const RESERVE_BYTES = 1_000_000_000;
/** Docker keeps the packed layers of an image until it has unpacked them; packed they are no larger. */
const PACKED_AND_UNPACKED = 2;

const MAKE_ROOM = "docker system df shows what takes it; docker image prune removes images without a name";

/** Whether there is room for the images that are still to come, and something beside. */
export function judgeDisk(disk: Fact<Disk>, needed: readonly NeededImage[], images: SeenImages): Finding {
	if ("why" in disk)
		return finding("disk", "unknown", `the free space where Docker stores cannot be seen: ${disk.why}`);
	const { freeBytes, totalBytes } = disk.known;
	const { bytes, unsized } = toCome(needed, images);
	const free = `${sizeText(freeBytes)} of ${sizeText(totalBytes)} are free where Docker stores`;
	const want = bytes > 0 ? `; the images to come take about ${sizeText(bytes)}` : "";
	const without = unsized.length > 0 ? `; of ${unsized.join(", ")} the size is not known` : "";
	if (freeBytes < bytes)
		return finding("disk", "problem", `${free}${want}${without}: a release cannot fetch them`, MAKE_ROOM);
	if (freeBytes < PACKED_AND_UNPACKED * bytes + RESERVE_BYTES) {
		const least = sizeText(PACKED_AND_UNPACKED * bytes + RESERVE_BYTES);
		return finding("disk", "warning", `${free}${want}${without}: ${least} or more is wanted`, MAKE_ROOM);
	}
	return finding("disk", "ok", `${free}${want}${without}`);
}

/** Of the images that are not on the host: their size, guessed by that of the same service's in another release. */
function toCome(needed: readonly NeededImage[], images: SeenImages): { bytes: number; unsized: string[] } {
	const sizes = new Map<string, number | undefined>();
	for (const { image, alike } of needed) {
		const seen = images[image];
		if (seen === undefined || "why" in seen || seen.known !== undefined) continue;
		const like = alike.flatMap((other) => {
			const one = images[other];
			return one !== undefined && "known" in one && one.known !== undefined ? [one.known.sizeBytes] : [];
		});
		sizes.set(image, like.length === 0 ? undefined : Math.max(...like));
	}
	const all = [...sizes];
	return {
		bytes: all.reduce((sum, [, size]) => sum + (size ?? 0), 0),
		unsized: all.flatMap(([image, size]) => (size === undefined ? [image] : [])),
	};
}
