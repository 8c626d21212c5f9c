import type { SeenImage } from "../../../components/doctor/disk";
import type { SeenHost } from "../../../components/doctor/host";
import { needsOf } from "../../../components/doctor/needs";
import { type Deployed, NOTHING_DEPLOYED } from "../../../components/plan/types";
import { settings as schema } from "../../../components/settings/schema";

export const GB = 1_000_000_000;
export const MB = 1_000_000;

/** Two services of two colors, a database and a proxy. */
export const SHOP = {
	activeColor: "green",
	images: "shop-{service}:{version}",
	colors: { blue: { version: "1.0.0" }, green: { version: "2.0.0" } },
	services: {
		web: { port: 3000, route: "/", replicas: 2, resources: { memoryMb: 256 } },
		worker: { onlyWhenActive: true, resources: { memoryMb: 128 } },
	},
	databases: { main: { type: "postgres", resources: { memoryMb: 512 } } },
	proxy: { resources: { memoryMb: 64 } },
} as const;

export const needs = (settings: object = {}, deployed: Deployed = NOTHING_DEPLOYED) =>
	needsOf(schema.parse({ ...SHOP, ...settings }), deployed, "shop-prod");

const IMAGE: SeenImage = { architecture: "amd64", sizeBytes: 300 * MB };
export const image = (changes: Partial<SeenImage> = {}) => ({ known: { ...IMAGE, ...changes } });

/** All images of SHOP. */
export const IMAGES = {
	"shop-web:1.0.0": image(),
	"shop-web:2.0.0": image(),
	"shop-worker:2.0.0": image(),
	"postgres:17-alpine": image(),
	"caddy:2.11-alpine": image({ caddyVersion: "v2.11.9" }),
};

/** A host on which SHOP is well; blue runs, green comes. */
export const HOST: SeenHost = {
	kernel: { known: "x86_64" },
	disk: { known: { freeBytes: 20 * GB, totalBytes: 80 * GB } },
	memory: { known: { totalBytes: 8 * GB, available: { known: 6 * GB } } },
	images: IMAGES,
	running: {
		known: {
			present: ["shop-prod-blue-web-1", "shop-prod-blue-web-2", "shop-prod-db-main", "shop-prod-proxy"],
		},
	},
	caddy: { known: "v2.11.9 h1:abc" },
};
