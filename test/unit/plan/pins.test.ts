import { describe, expect, test } from "vitest";
import { isPinnedTo, movedTags, withoutPin, withPins } from "../../../components/plan/pins";
import type { Release, ReleasedService } from "../../../components/plan/types";

const WEB = "registry.example.com/shop-web";
const service = { image: `${WEB}:1.4.0`, replicaCount: 1 } as unknown as ReleasedService;
const release: Release = { version: "1.4.0", services: { web: service, worker: service } };

describe("a release", () => {
	test("is pinned to what its images turned out to be", () => {
		expect(withPins(release, { web: "a" }).services).toEqual({
			web: { ...service, pinned: "a" },
			worker: service,
		});
	});

	test("that is pinned stays so, whatever its tag names by now", () => {
		const before = { ...release, services: { web: { ...service, pinned: "old" } } };
		expect(withPins(before, { web: "new" })).toEqual(before);
	});

	test("is the same for the settings with and without a pin", () => {
		expect(withoutPin({ ...service, pinned: "a" })).toEqual(service);
	});
});

describe("a pin", () => {
	const image = { id: "sha256:1", tags: [], digests: [`${WEB}@sha256:2`] };

	test.for([
		["sha256:1", true],
		[`${WEB}@sha256:2`, true],
		[`${WEB}@sha256:1`, false],
		["sha256:2", false],
	] as const)("%s is that image: %s", ([pin, is]) => {
		expect(isPinnedTo(pin, image)).toBe(is);
	});
});

describe("a tag that has moved", () => {
	const pinned = { ...service, pinned: `${WEB}@sha256:${"0".repeat(64)}` };
	const releases = { blue: { ...release, services: { web: pinned } } };

	test("is said with what stays, and what releases the new one", () => {
		const images = [{ id: "sha256:1", tags: [`${WEB}:1.4.0`], digests: [`${WEB}@sha256:${"1".repeat(64)}`] }];
		expect(movedTags(releases, images)).toEqual([
			`${WEB}:1.4.0 names another image by now than the one that blue 1.4.0 (web) was released from. blue keeps that one, ${WEB}@sha256:000000000000. To release the new one: pulumi config set --path colors.blue.revision <another>`,
		]);
	});

	test.for([
		[
			"names the image that was released",
			[{ id: "sha256:1", tags: [`${WEB}:1.4.0`], digests: [pinned.pinned] }],
		],
		["is not on the host", [{ id: "sha256:1", tags: [`${WEB}:1.5.0`], digests: [] }]],
	] as const)("is not one that %s", ([, images]) => {
		expect(movedTags(releases, images)).toEqual([]);
	});

	test("of a release without a pin is not known", () => {
		const images = [{ id: "sha256:1", tags: [`${WEB}:1.4.0`], digests: [] }];
		expect(movedTags({ blue: release, green: undefined }, images)).toEqual([]);
	});
});
