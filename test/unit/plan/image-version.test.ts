import { describe, expect, test } from "vitest";
import { imageVersion, isOlder, postgresMajor } from "../../../components/plan/image-version";

describe("an image's version", () => {
	test.for([
		["postgres:17.4-alpine", { repository: "postgres", tag: "17.4-alpine", numbers: [17, 4] }],
		[
			"registry.example.com:5000/a/b:v1.2",
			{ repository: "registry.example.com:5000/a/b", tag: "v1.2", numbers: [1, 2] },
		],
		["redis:8@sha256:0123", { repository: "redis", tag: "8", numbers: [8] }],
		["minio:RELEASE.2025-01-01", { repository: "minio", tag: "RELEASE.2025-01-01", numbers: [] }],
		["app:4f2c1ab", { repository: "app", tag: "4f2c1ab", numbers: [] }],
	] as const)("%s", ([image, version]) => {
		expect(imageVersion(image)).toEqual(version);
	});

	test.for(["postgres", "registry.example.com:5000/postgres", "postgres@sha256:0123"])(
		"%s has no tag",
		(image) => {
			expect(imageVersion(image)).toBeUndefined();
		},
	);
});

describe("PostgreSQL's major version", () => {
	test.for([
		["postgres:17-alpine", 17],
		["postgres:9.6", 9],
		["registry.example.com/infra/postgresql:16.4.0-debian-12", 16],
		["postgis/postgis:16-3.5-alpine", 16],
		["pgvector/pgvector:pg17", 17],
		["pgvector/pgvector:0.8.0-pg16", 16],
		["timescale/timescaledb:2.17.2-pg15", 15],
		["blue-green-local/postgres:15", 15],
	] as const)("%s is %i", ([image, major]) => {
		expect(postgresMajor(image)).toBe(major);
	});

	test.for([
		"postgres",
		"postgres:latest",
		"postgres:20250101",
		"example/main-database:3.2",
		"my/timescale:2.17",
	])("%s does not tell it", (image) => {
		expect(postgresMajor(image)).toBeUndefined();
	});
});

describe("an older version", () => {
	test.for([
		["redis:8.0.1", "redis:8.0.0"],
		["redis:8-alpine", "redis:7-alpine"],
		["mongo:8.0.10", "mongo:8.0.9"],
	] as const)("than %s is %s", ([before, after]) => {
		expect(isOlder(before, after)).toBe(true);
		expect(isOlder(after, before)).toBe(false);
	});

	test.for([
		["redis:8.0", "redis:8"],
		["redis:8-alpine", "redis:8-bookworm"],
		["redis:latest", "redis:7"],
		["redis:8", "valkey:7"],
	] as const)("than %s: %s is not, as far as one can tell", ([before, after]) => {
		expect(isOlder(before, after)).toBe(false);
	});
});
