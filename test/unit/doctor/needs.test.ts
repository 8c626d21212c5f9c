import { describe, expect, test } from "vitest";
import { imagesToSee } from "../../../components/doctor/host";
import { needs } from "./host";

describe("what a stack needs of its host", () => {
	test("images: of both colors as far as they are declared, of the databases, of the proxy", () => {
		expect(needs().images).toEqual([
			{ what: "blue web", image: "shop-web:1.0.0", alike: ["shop-web:2.0.0"] },
			{ what: "green web", image: "shop-web:2.0.0", alike: ["shop-web:1.0.0"] },
			{ what: "green worker", image: "shop-worker:2.0.0", alike: ["shop-worker:1.0.0"] },
			{ what: "database main", image: "postgres:17-alpine", alike: [] },
			{ what: "proxy", image: "caddy:2.11-alpine", alike: [] },
		]);
	});

	test("each image is looked at once", () => {
		expect(imagesToSee(needs())).toEqual([
			"shop-web:1.0.0",
			"shop-web:2.0.0",
			"shop-worker:2.0.0",
			"shop-worker:1.0.0",
			"postgres:17-alpine",
			"caddy:2.11-alpine",
		]);
	});

	test("containers: those that go at the end of an `up` too, which are there until then", () => {
		const { containers } = needs();
		expect(containers.map(({ container, declared }) => `${container} ${declared}`)).toEqual([
			"shop-prod-blue-web-1 true",
			"shop-prod-blue-web-2 true",
			"shop-prod-blue-worker-1 false",
			"shop-prod-green-web-1 true",
			"shop-prod-green-web-2 true",
			"shop-prod-green-worker-1 true",
			"shop-prod-db-main true",
			"shop-prod-proxy true",
		]);
	});

	test("a limit in MiB is told in bytes, and none is none", () => {
		const { containers } = needs({ proxy: {} });
		const of = (name: string) => containers.find(({ container }) => container === name)?.memoryBytes;
		expect(of("shop-prod-green-web-1")).toBe(268_435_456);
		expect(of("shop-prod-proxy")).toBeUndefined();
	});

	test("where no color has a version, only what both share", () => {
		expect(needs({ colors: {} }).images.map(({ what }) => what)).toEqual(["database main", "proxy"]);
	});
});
