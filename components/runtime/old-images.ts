import { LABEL, PROXY_ROLE } from "../plan/names";
import {
	afterRemoval,
	type NotedImage,
	type NotedRelease,
	namesToRemove,
	noteReleases,
	oldImages,
} from "../plan/old-images";
import type { ReleasesRecord } from "../plan/trial";
import { IMAGES_FILE, RELEASES_FILE } from "../proxy/paths";
import { COLORS, type Color } from "../settings/schema";
import { ProxyFiles } from "./caddy/files";
import type { Engine } from "./docker/engine";
import { peekFile } from "./docker/peek";
import { messageOf, type Reporter } from "./report";
import type { OldImagesPolicy } from "./steps";

/**
 * Notes which images the releases that run now consist of, and removes those of releases before the last ones: never one of
 * either color, one that any container on the host has, one that another stack has noted, or one that somebody has given
 * another name. Never fails: what cannot be removed stays, and is tried again after the next release.
 *
 * @param proxy Container of the proxy, beside whose switch file the note is kept.
 */
export async function tidyImages(
	engine: Engine,
	proxy: string,
	policy: OldImagesPolicy,
	report: Reporter,
): Promise<void> {
	const files = new ProxyFiles(engine, proxy);
	try {
		await tidy(engine, files, policy, report);
	} catch (error) {
		report.warn(`images of old releases were not removed: ${messageOf(error)}`);
	} finally {
		files.close();
	}
}

/** @throws Error where the host or the note cannot be read, or the note not be written. */
export async function tidy(
	{ api }: Pick<Engine, "api">,
	files: Pick<ProxyFiles, "read" | "write">,
	{ stack, keep }: OldImagesPolicy,
	report: Reporter,
	peek: typeof peekFile = peekFile,
): Promise<void> {
	const record = JSON.parse((await files.read(RELEASES_FILE)) ?? "{}") as ReleasesRecord;
	const containers = await api.listContainers({ all: true });
	const ours = containers.filter(({ Labels }) => Labels[LABEL.stack] === stack);
	const running = runningReleases(ours, record);
	const before = await files.read(IMAGES_FILE);
	const noted = noteReleases(notesIn(before), running);
	const released = COLORS.flatMap((color) => {
		const release = record[color];
		return release === undefined ? [] : [{ ...release, color }];
	});
	const others = await notedByOthers(
		containers.filter((one) => !ours.includes(one)),
		peek,
	);
	const needed = new Set([...containers.map(({ ImageID }) => ImageID), ...others]);
	const old = oldImages(noted, [...running, ...released], keep, needed);
	const removed: { readonly name: string; readonly bytes: number }[] = [];
	const failures: string[] = [];
	for (const image of old.images) {
		try {
			const bytes = await remove(api, image);
			if (bytes !== undefined) removed.push({ name: image.name || image.id.slice(0, 19), bytes });
		} catch (error) {
			failures.push(`${image.name}: ${messageOf(error)}`);
		}
	}
	const left = old.releases.length === 0 ? [] : await api.listImages({ all: true });
	const after = JSON.stringify(afterRemoval(noted, old, new Set(left.map(({ Id }) => Id))));
	if (after !== before) await files.write(IMAGES_FILE, after);
	if (removed.length > 0) report.info(removedText(removed, keep));
	if (failures.length > 0)
		report.warn(`images of old releases that could not be removed: ${failures.join("; ")}`);
}

function notesIn(text: string | undefined): NotedRelease[] {
	return text === undefined ? [] : (JSON.parse(text) as NotedRelease[]);
}

/**
 * Docker's ids of images that other stacks on this host have noted: their standby may have no container just now.
 * @throws Error where a note cannot be read; then it is not known what may go.
 */
async function notedByOthers(
	containers: readonly {
		readonly Names: readonly string[];
		readonly Labels: Readonly<Record<string, string>>;
	}[],
	peek: typeof peekFile,
): Promise<string[]> {
	const proxies = containers.filter(({ Labels }) => Labels[LABEL.role] === PROXY_ROLE);
	const notes = await Promise.all(proxies.map(({ Names }) => peek(Names[0]?.slice(1) ?? "", IMAGES_FILE)));
	return notes.flatMap((text) =>
		notesIn(text).flatMap(({ images }) => Object.values(images).map(({ id }) => id)),
	);
}

interface ListedContainer {
	readonly ImageID: string;
	readonly Labels: Readonly<Record<string, string>>;
}

/** The releases that containers of this stack are of, by their labels. */
function runningReleases(containers: readonly ListedContainer[], record: ReleasesRecord): NotedRelease[] {
	const all = new Map<string, NotedRelease>();
	for (const { ImageID, Labels } of containers) {
		const color = COLORS.find((one) => one === Labels[LABEL.color]);
		const [service, version, revision] = [
			Labels[LABEL.service],
			Labels[LABEL.version],
			Labels[LABEL.revision],
		];
		if (color === undefined || service === undefined || version === undefined) continue;
		const key = JSON.stringify([color, version, revision]);
		const known = all.get(key);
		const image = { id: ImageID, name: nameOf(record, color, service) };
		all.set(key, {
			color,
			version,
			...(revision !== undefined && { revision }),
			images: { ...known?.images, [service]: image },
		});
	}
	return [...all.values()];
}

function nameOf(record: ReleasesRecord, color: Color, service: string): string {
	return record[color]?.services[service]?.image ?? "";
}

/** @returns its size in bytes; undefined where it is gone already, or somebody else's too. */
async function remove(api: Engine["api"], image: NotedImage): Promise<number | undefined> {
	const seen = await unlessGone(() => api.getImage(image.id).inspect());
	if (seen === undefined) return undefined;
	const names = namesToRemove(image, seen.RepoTags ?? []);
	if (names === undefined) return undefined;
	// Not by force: Docker itself refuses to remove what a container has by now.
	for (const name of names) await unlessGone(() => api.getImage(name).remove());
	return seen.Size;
}

async function unlessGone<T>(work: () => Promise<T>): Promise<T | undefined> {
	try {
		return await work();
	} catch (error) {
		if ((error as { statusCode?: number }).statusCode === 404) return undefined;
		throw error;
	}
}

function removedText(
	removed: readonly { readonly name: string; readonly bytes: number }[],
	keep: number | "all",
): string {
	const megabytes = Math.round(removed.reduce((sum, { bytes }) => sum + bytes, 0) / 1_000_000);
	const names = removed.map(({ name }) => name).join(", ");
	return `removed images of old releases: ${names} (at most ${megabytes} MB, as layers may be shared). Those of both colors and of ${keep} releases before stay (oldImages.keep).`;
}
