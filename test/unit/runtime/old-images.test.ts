import { expect, test } from "vitest";
import { IMAGES_FILE, RELEASES_FILE } from "../../../components/proxy/paths";
import type { Engine } from "../../../components/runtime/docker/engine";
import { tidy } from "../../../components/runtime/old-images";

const NAME = "registry.example.com/shop-web";
const noted = (version: string, id: string) => ({
	color: "blue",
	version,
	images: { web: { id, name: `${NAME}:${version}` } },
});

interface World {
	/** Id of each image by its tags. */
	readonly tags: Record<string, string[]>;
	/** What Docker says to a removal. */
	readonly refuses?: Record<string, string>;
	/** Notes of other stacks' proxies. */
	readonly others?: unknown[];
	readonly keep?: number | "all";
}

/** The releases 5 (blue, runs), 4 (green, of which no container is there), and 3, 2, 1 before them. */
async function tidied({ tags, refuses = {}, others = [], keep = 0 }: World) {
	const files = new Map<string, string>([
		[RELEASES_FILE, JSON.stringify({ blue: release("5"), green: release("4") })],
		[
			IMAGES_FILE,
			JSON.stringify([
				{ ...noted("4", "d"), color: "green" },
				noted("3", "c"),
				noted("2", "b"),
				noted("1", "a"),
			]),
		],
	]);
	const container = (names: string, ImageID: string, Labels: Record<string, string>) => ({
		Names: [`/${names}`],
		ImageID,
		Labels,
	});
	const labels = (stack: string, rest: object) => ({ "blue-green.stack": stack, ...rest });
	const service = {
		"blue-green.role": "service",
		"blue-green.color": "blue",
		"blue-green.service": "web",
		"blue-green.version": "5",
	};
	const removed: string[] = [];
	const api = {
		listContainers: async () => [
			container("shop-blue-web-1", "e", labels("shop/prod", service)),
			...others.map((_, index) =>
				container(`other-${index}-proxy`, "p", labels("other/x", { "blue-green.role": "proxy" })),
			),
		],
		listImages: async () =>
			Object.keys(tags)
				.filter((id) => !removed.includes(id))
				.map((Id) => ({ Id })),
		getImage: (name: string) => ({
			inspect: async () => {
				if (tags[name] === undefined) throw Object.assign(new Error("no such image"), { statusCode: 404 });
				return { Size: 100_000_000, RepoTags: tags[name] };
			},
			remove: async () => {
				const id = Object.keys(tags).find((one) => one === name || tags[one]?.includes(name)) ?? "";
				if (refuses[id]) throw Object.assign(new Error(refuses[id]), { statusCode: 409 });
				removed.push(id);
			},
		}),
	} as unknown as Engine["api"];
	const said: string[] = [];
	await tidy(
		{ api },
		{ read: async (path) => files.get(path), write: async (path, text) => void files.set(path, text) },
		{ stack: "shop/prod", keep },
		{ info: (text) => said.push(`info: ${text}`), warn: (text) => said.push(`warn: ${text}`) },
		async (proxy) => JSON.stringify(others[Number(/\d+/.exec(proxy)?.[0])]),
	);
	const versions = (JSON.parse(files.get(IMAGES_FILE) ?? "[]") as { version: string }[]).map(
		({ version }) => version,
	);
	return { removed: removed.sort(), said, versions };
}

const release = (version: string) => ({ version, services: { web: { image: `${NAME}:${version}` } } });
const all = { a: [`${NAME}:1`], b: [`${NAME}:2`], c: [`${NAME}:3`], d: [`${NAME}:4`], e: [`${NAME}:5`] };

test("images of past releases go, and with them the note; those of both colors stay, whether or not they run", async () => {
	expect(await tidied({ tags: all })).toEqual({
		removed: ["a", "b", "c"],
		said: [
			`info: removed images of old releases: ${NAME}:3, ${NAME}:2, ${NAME}:1 (at most 300 MB, as layers may be shared). Those of both colors and of 0 releases before stay (oldImages.keep).`,
		],
		versions: ["5", "4"],
	});
});

test("as many as are to be kept stay, or all", async () => {
	expect(await tidied({ tags: all, keep: 2 })).toMatchObject({
		removed: ["a"],
		versions: ["5", "4", "3", "2"],
	});
	expect(await tidied({ tags: all, keep: "all" })).toMatchObject({
		removed: [],
		said: [],
		versions: ["5", "4", "3", "2", "1"],
	});
});

test("one that Docker does not let go is a warning, and stays in the note for the next time", async () => {
	expect(await tidied({ tags: all, refuses: { b: "image is being used" } })).toEqual({
		removed: ["a", "c"],
		said: [
			expect.stringContaining(`info: removed images of old releases: ${NAME}:3, ${NAME}:1`),
			`warn: images of old releases that could not be removed: ${NAME}:2: image is being used`,
		],
		versions: ["5", "4", "2"],
	});
});

test("one that another stack has noted, or that has another name, stays, and so does its note", async () => {
	const tags = { ...all, a: [`${NAME}:1`, "mine:1"] };
	const others = [[{ ...noted("2", "b"), color: "green" }]];
	expect(await tidied({ tags, others })).toMatchObject({ removed: ["c"], versions: ["5", "4", "2", "1"] });
});

test("one that is gone already is not spoken of", async () => {
	const { a: _, ...rest } = all;
	expect(await tidied({ tags: rest, keep: 2 })).toEqual({
		removed: [],
		said: [],
		versions: ["5", "4", "3", "2"],
	});
});
