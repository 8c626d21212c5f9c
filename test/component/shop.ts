import type { Situation } from "./program";

/** A shop as the README shows it: two services, two databases, one secret, both colors released. */
export const SHOP = {
	config: {
		activeColor: "blue",
		images: "registry.example.com/shop-{service}:{version}",
		colors: { blue: { version: "1.0.0" }, green: { version: "2.0.0" } },
		services: {
			web: {
				port: 3000,
				route: "/",
				replicas: 2,
				env: { LOG_LEVEL: "info" },
				secrets: ["SESSION_KEY"],
				resources: { memoryMb: 256, cpus: 0.5 },
				stopGrace: "45s",
			},
			worker: { onlyWhenActive: true, secrets: ["SESSION_KEY"], secretsAs: "env", databases: ["cache"] },
		},
		databases: { main: { type: "postgres", database: "shop" }, cache: { type: "redis" } },
		secrets: { SESSION_KEY: "hush-session-key" },
		proxy: { httpPort: 8088 },
	},
	secretKeys: ["secrets"],
} satisfies Situation;
