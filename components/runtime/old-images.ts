import { LABEL } from "../plan/names";
import {
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
import { messageOf, type Reporter } from "./report";
import type { OldImagesPolicy } from "./steps";

/**
 * Notes which images the releases that run now consist of, and removes those of releases before the last ones: never one of
 * either color, one that any container on the host has, or one that somebody has given another name. Never fails: what
 * cannot be removed stays, and is tried again after the next release.
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

async function tidy(
	engine: Engine,
	files: ProxyFiles,
	{ stack, keep }: OldImagesPolicy,
	report: Reporter,
): Promise<void> {
	const record = JSON.parse((await files.read(RELEASES_FILE)) ?? "{}") as ReleasesRecord;
	const containers = await engine.api.listContainers({ all: true });
	const running = runningReleases(
		containers.filter(({ Labels }) => Labels[LABEL.stack] === stack),
		record,
	);
	const before = await files.read(IMAGES_FILE);
	const noted = noteReleases(before === undefined ? [] : (JSON.parse(before) as NotedRelease[]), running);
	const released = COLORS.flatMap((color) => {
		const release = record[color];
		return release === undefined ? [] : [{ ...release, color }];
	});
	const old = oldImages(
		noted,
		[...running, ...released],
		keep,
		new Set(containers.map(({ ImageID }) => ImageID)),
	);
	const removed = new Map<NotedImage, number>();
	const failures: string[] = [];
	for (const image of old.images) {
		try {
			const bytes = await remove(engine, image);
			if (bytes !== undefined) removed.set(image, bytes);
		} catch (error) {
			failures.push(`${image.name}: ${messageOf(error)}`);
		}
	}
	// What could not be removed stays in the note, for the next time.
	const gone = failures.length > 0 ? [] : old.releases;
	const after = JSON.stringify(noted.filter((release) => !gone.includes(release)));
	if (after !== before) await files.write(IMAGES_FILE, after);
	if (removed.size > 0) report.info(removedText([...removed.keys()], [...removed.values()], keep));
	if (failures.length > 0)
		report.warn(`images of old releases that could not be removed: ${failures.join("; ")}`);
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
async function remove(engine: Engine, image: NotedImage): Promise<number | undefined> {
	const seen = await unlessGone(() => engine.api.getImage(image.id).inspect());
	if (seen === undefined) return undefined;
	const names = namesToRemove(image, seen.RepoTags ?? []);
	if (names === undefined) return undefined;
	// Not by force: Docker itself refuses to remove what a container has by now.
	for (const name of names) await unlessGone(() => engine.api.getImage(name).remove());
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

function removedText(images: readonly NotedImage[], bytes: readonly number[], keep: number | "all"): string {
	const megabytes = Math.round(bytes.reduce((sum, one) => sum + one, 0) / 1_000_000);
	const names = images.map(({ id, name }) => name || id.slice(0, 19)).join(", ");
	return `removed images of old releases: ${names} (at most ${megabytes} MB, as layers may be shared). Those of both colors and of ${keep} releases before stay (oldImages.keep).`;
}
