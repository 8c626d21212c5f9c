import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
	type NotedRelease,
	namesToRemove,
	noteReleases,
	oldImages,
} from "../../../components/plan/old-images";

const noted = (version: string, ...ids: string[]): NotedRelease => ({
	color: "blue",
	version,
	images: Object.fromEntries(ids.map((id, index) => [`s${index}`, { id, name: `shop:${version}` }])),
});
const NONE: ReadonlySet<string> = new Set();
const idsOf = (found: ReturnType<typeof oldImages>) => found.images.map(({ id }) => id);

describe("the note of releases", () => {
	test("has what runs in front, and each release once", () => {
		expect(noteReleases([noted("3", "c"), noted("2", "b"), noted("1", "a")], [noted("2", "b2")])).toEqual([
			noted("2", "b2"),
			noted("3", "c"),
			noted("1", "a"),
		]);
	});

	test("does not grow for ever", () => {
		const many = Array.from({ length: 300 }, (_, index) => noted(String(index), "a"));
		expect(noteReleases(many, [noted("now", "b")])).toHaveLength(200);
	});
});

describe("images of old releases", () => {
	const all = [noted("5", "e"), noted("4", "d"), noted("3", "c"), noted("2", "b"), noted("1", "a")];
	const current = [noted("5"), noted("4")];

	test("are those before the last ones, besides those of both colors", () => {
		expect(oldImages(all, current, 1, NONE)).toEqual({
			releases: [noted("2", "b"), noted("1", "a")],
			images: [
				{ id: "b", name: "shop:2" },
				{ id: "a", name: "shop:1" },
			],
		});
		expect(idsOf(oldImages(all, current, 0, NONE))).toEqual(["c", "b", "a"]);
		expect(idsOf(oldImages(all, current, 3, NONE))).toEqual([]);
		expect(oldImages(all, current, "all", NONE)).toEqual({ releases: [], images: [] });
	});

	test("are not those that a container has, and not those that a release which stays has as well", () => {
		expect(idsOf(oldImages(all, current, 0, new Set(["b"])))).toEqual(["c", "a"]);
		expect(idsOf(oldImages([noted("2", "same"), noted("1", "same", "a")], [noted("2")], 0, NONE))).toEqual([
			"a",
		]);
	});

	test("are never those of a color, of the last releases, or of a container, whatever was noted", () => {
		const id = fc.constantFrom("a", "b", "c", "d", "e", "f");
		const release = fc
			.tuple(fc.constantFrom("1", "2", "3", "4", "5", "6"), fc.array(id, { minLength: 1, maxLength: 3 }))
			.map(([version, ids]) => noted(version, ...ids));
		fc.assert(
			fc.property(
				fc.uniqueArray(release, { selector: ({ version }) => version }),
				fc.array(release, { maxLength: 2 }),
				fc.nat(4),
				fc.array(id),
				(history, now, keep, used) => {
					const found = oldImages(history, now, keep, new Set(used));
					const past = history.filter(({ version }) => !now.some((one) => one.version === version));
					const stay = history.filter((one) => !past.slice(keep).includes(one));
					const kept = stay.flatMap(({ images }) => Object.values(images).map((image) => image.id));
					for (const one of idsOf(found)) expect([...kept, ...used]).not.toContain(one);
				},
			),
		);
	});
});

describe("an image is removed", () => {
	test.for([
		[
			"by its names",
			"reg:5000/shop:1",
			["reg:5000/shop:1", "reg:5000/shop:latest"],
			["reg:5000/shop:1", "reg:5000/shop:latest"],
		],
		["by its id where it has none", "reg:5000/shop:1", [], ["sha256:1"]],
		["not where somebody gave it another", "reg:5000/shop:1", ["reg:5000/shop:1", "mine:1"], undefined],
		["not by a name like ours with another port", "reg:5000/shop:1", ["reg:6000/shop:1"], undefined],
	] as const)("%s", ([, name, tags, names]) => {
		expect(namesToRemove({ id: "sha256:1", name }, tags)).toEqual(names);
	});
});
